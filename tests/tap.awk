# SPDX-License-Identifier: Apache-2.0
#
# From a TAP stream to lines of the tally: pass, fail or skip, the title, and a reason, separated by
# tabs. With -v where=TEXT in front of each title. A stream that ends before its plan does, has no
# plan, or plans nothing is a failure of its own.

BEGIN { OFS = "\t"; plan = -1 }

/^1\.\.[0-9]+/ { plan = substr($1, 4) + 0 }

/^(not )?ok [0-9]+/ {
    seen++
    verdict = /^not / ? "fail" : "pass"
    title = $0
    sub(/^(not )?ok [0-9]+ (- )?/, "", title)
    reason = ""
    if (match(title, / # (skip|SKIP|timeout)/)) {
        reason = substr(title, RSTART + 3)
        title = substr(title, 1, RSTART - 1)
        if (verdict == "pass") {
            verdict = "skip"
            sub(/^[a-zA-Z]+ */, "", reason)
        }
    }
    sub(/ in [0-9]+ms$/, "", title)
    gsub(/\t/, " ", title)
    gsub(/\t/, " ", reason)
    print verdict, where title, reason
}

END {
    if (plan < 0)
        print "fail", where "no tests ran", ""
    else if (plan == 0)
        print "fail", where "there are no tests", ""
    else if (seen < plan)
        print "fail", where (plan - seen) " of " plan " tests did not run", ""
}
