/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* In the pod: what apps see of the kernel, made by its first process. */

#define COREOS_KERNEL "/rkt/kernel"
#define COREOS_PROC \
        COREOS_KERNEL "/proc" /* with what is read-only, and nothing where something is hidden */
#define COREOS_HOSTNAME COREOS_KERNEL "/hostname" /* read-only */
#define COREOS_NO_FILE COREOS_KERNEL "/file"
#define COREOS_NO_DIRECTORY COREOS_KERNEL "/directory" /* read-only */
