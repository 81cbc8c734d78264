/* SPDX-License-Identifier: Apache-2.0 */

/* Unit properties as the command line spells them: whatever is taken goes into a message. */

#include <sys/socket.h>

#include "fuzz.h"
#include "sysd-property-parse.h"

/* Nobody reads it; a message needs one to be made for. */
static sd_bus *open_bus(void) {
        sd_bus *bus = NULL;
        int fds[2];

        must(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) == 0);
        must(sd_bus_new(&bus) >= 0 && sd_bus_set_fd(bus, fds[0], fds[0]) >= 0);
        must(sd_bus_start(bus) >= 0);
        return bus;
}

static void check_message(const SysdProperties *p, bool is_text) {
        static sd_bus *bus; /* one for all inputs */
        sd_bus_message *m = NULL;
        int r = 0;

        bus = bus ? bus : open_bus();
        must(sd_bus_message_new_method_call(bus, &m, "org.example", "/", "org.example", "A") >= 0);
        r = sd_bus_message_append(m, "s", "unit");
        r = r < 0 ? r : sysd_properties_append(p, m);
        must(r >= 0 || !is_text);
        must(r < 0 || sd_bus_message_seal(m, 1, 0) >= 0);
        sd_bus_message_unref(m);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        _cleanup_(sysd_properties_done) SysdProperties p = SYSD_PROPERTIES_NULL;
        _cleanup_(freep) char *text = fuzz_text(data, size);
        _cleanup_(error_done) Error e = ERROR_NULL;
        int r = text ? sysd_property_parse(text, &p, &e) : -EINVAL;

        if (!text)
                return 0;
        must(r == 0 || (r < 0 && error_cause(&e)));
        must(r < 0 || p.n > 0);
        check_message(&p, text_is_utf8(text, size));
        return 0;
}
