/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What is put into /etc of the pod's stage1: name servers and hosts. */

#include "pod.h"

/* Writes a file there as the pod's root, whoever that is. Returns 0; a negative errno. */
int pod_etc_write(const Pod *pod, const char *name, const char *text, Error *e);
