/* SPDX-License-Identifier: Apache-2.0 */
#include "store-fault.h"

#ifdef STORE_FAULTS

#        include <signal.h>

int store_fault_at, store_fault_passed;

void store_fault_point(void) {
        if (++store_fault_passed == store_fault_at)
                (void) raise(SIGKILL);
}

#endif
