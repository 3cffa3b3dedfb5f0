# SPDX-License-Identifier: GPL-2.0
# bash completion of pci-fixed-bars(1). Commands and options are what --help says.

_pci_fixed_bars()
{
	local cur=${COMP_WORDS[COMP_CWORD]} command='' word

	for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
		case $word in
		-*) ;;
		*) command=$word; break ;;
		esac
	done
	if [ -z "$command" ] && [[ $cur != -* ]]; then
		mapfile -t COMPREPLY < <(compgen -W "$(pci-fixed-bars --help 2>/dev/null |
			sed -n '/^Commands:/,/^$/s/^  \([a-z][a-z-]*\) .*/\1/p')" -- "$cur")
	elif [[ $cur == -* ]]; then
		# shellcheck disable=SC2086
		mapfile -t COMPREPLY < <(compgen -W "$(pci-fixed-bars $command --help 2>/dev/null |
			grep -oE -- '--[a-z][a-z-]*')" -- "$cur")
	elif [ "$command" = policy ] && [ "${COMP_WORDS[COMP_CWORD-1]}" = policy ]; then
		mapfile -t COMPREPLY < <(compgen -W "show install remove update lint table" -- "$cur")
	elif [ "$command" = manifest ] && [ "${COMP_WORDS[COMP_CWORD-1]}" = manifest ]; then
		mapfile -t COMPREPLY < <(compgen -W "build show check load unload" -- "$cur")
	else
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
	fi
}

complete -o filenames -F _pci_fixed_bars pci-fixed-bars
