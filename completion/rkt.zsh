#compdef rkt
# SPDX-License-Identifier: Apache-2.0
#
# Completion of rkt for zsh. rkt itself knows what may stand where.

_rkt() {
    local line name
    local -a closed open

    for line in "${(@f)$(rkt complete -- "${(@)words[2,CURRENT]}" 2>/dev/null)}"; do
        [[ -n $line ]] || continue
        name=${line%%$'\t'*}
        if [[ $name == *= ]]; then
            open+=("${name//:/\\:}:${line#*$'\t'}")
        else
            closed+=("${name//:/\\:}:${line#*$'\t'}")
        fi
    done
    if (( $#open + $#closed == 0 )); then
        _files
        return
    fi
    _describe -t words word closed -- open -S ''
}

# Sourced, or the first time that zsh finds it in its fpath.
if [[ $funcstack[1] == _rkt ]]; then
    _rkt "$@"
else
    compdef _rkt rkt
fi
