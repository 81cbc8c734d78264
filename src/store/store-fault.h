/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Places where a crash is tried out: the program kills itself at the one whose number, counted as
 * they are passed, is store_fault_at. Only in builds for that test. */

#ifdef STORE_FAULTS

extern int store_fault_at; /* 0: never */
extern int store_fault_passed;
void store_fault_point(void);

#        define STORE_FAULT_POINT() store_fault_point()

#else

#        define STORE_FAULT_POINT() ((void) 0)

#endif
