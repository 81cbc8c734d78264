/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Operating systems and architectures: appc's names, Go's names (OCI), and the host's. Pure. */

#include "errors.h"

/* Checks a pair of label values as a manifest may carry them; NULL means absent.
 * Returns 0; -EINVAL. Source: appc-oci 2.3, extended by riscv64 and loongarch64 on linux. */
int appc_platform_check(const char *os, const char *arch, Error *e);

/* From Go's GOOS, GOARCH and variant ("linux", "arm", "v7") to appc's arch; NULL if unknown. */
const char *appc_arch_from_go(const char *os, const char *arch, const char *variant);

/* The other way; NULL if unknown. @ret_variant may get NULL. */
const char *appc_arch_to_go(const char *os, const char *arch, const char **ret_variant);

/* The machine this program was built for, in appc's words ("amd64"). */
const char *appc_arch_host(void);
