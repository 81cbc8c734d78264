/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A program of this stage1 image, beside the one that runs, wherever the tree is; allocated, NULL when that
 * cannot be told. */
char *stage1_helper_path(const char *name);
