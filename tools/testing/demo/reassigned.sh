#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# What the demo does in the same guest with the kernel left to reassign.
# Exit status: 0 when the module notices and refuses, as it must.

failed=0

title()
{
	printf '\n--- %s\n\n' "$*"
}

title "modprobe pci_fixed_bars"
modprobe pci_fixed_bars || failed=1
dmesg | sed -n 's/^\[[^]]*\] \(.*pci_fixed_bars.*\)/\1/p'

title "read and verify: the BAR is elsewhere now"
pci-fixed-bars status
if pci-fixed-bars verify; then
	echo "!!! verify passed, and the BAR is not where it was declared"
	failed=1
fi

title "provide: refused"
for file in /sys/bus/pci/devices/*/fixed_bars/provider; do
	provider=$(cat "$file")
	[ "$provider" != none ] || continue
	gpu=${file%/fixed_bars/provider}
	echo "${gpu##*/}: provider: $provider"
	echo "${gpu##*/}: bar2: $(cat "$gpu/fixed_bars/bar2_state")"
done
if [ -z "${gpu:-}" ] || [ "$provider" = registered ] ||
   [ "$(cat "$gpu/fixed_bars/bar2_state")" != moved ]; then
	echo "!!! the provider did not refuse a BAR that has moved"
	failed=1
fi
exit $failed
