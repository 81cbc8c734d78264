/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Gives back the memory that a pod's start took and its life does not need: freed heap, and the pages of
 * programs and libraries that were run on the way. What is run again comes back from the page cache. */
void skim_rest(void);
