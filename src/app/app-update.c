/* SPDX-License-Identifier: Apache-2.0 */
#include "app-update.h"

#include "sysd-property-parse.h"

int app_update(sd_bus *bus,
               const char *unit,
               const AppcIsolators *limits,
               char *const *assignments,
               Error *e) {
        _cleanup_(sysd_properties_done) SysdProperties p = SYSD_PROPERTIES_NULL;
        int r = app_isolation_limits(limits, &p);

        for (; r >= 0 && assignments && *assignments; assignments++)
                r = sysd_property_parse(*assignments, &p, e);
        return r < 0 ? r : sysd_unit_set(bus, unit, &p, e);
}
