# SPDX-License-Identifier: Apache-2.0
#
# Completion of rkt for fish. rkt itself knows what may stand where.

function __rkt_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l found (rkt complete -- $words[2..-1] "$current" 2>/dev/null)

    if test (count $found) -gt 0
        printf '%s\n' $found
    else
        __fish_complete_path "$current"
    end
end

complete -c rkt -f -a '(__rkt_complete)'
