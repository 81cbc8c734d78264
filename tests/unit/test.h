/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What every unit test needs. cmocka wants these headers in front of its own. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
