#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# What the demo does in the guest whose kernel keeps the boot configuration.
# Exit status: 0 when every step went as it must.

GPU=0000:00:01.0/00.0/00.0/00.0
NIC=0000:00:01.0/00.0/01.0/00.0
OTHER_NIC=0000:00:02.0/00.0
failed=0

title()
{
	printf '\n--- %s\n\n' "$*"
}

must()	# must WHAT COMMAND...
{
	what=$1
	shift
	"$@" && return
	echo "!!! $what: '$*' ended with status $?"
	failed=1
}

title "modprobe pci_fixed_bars"
must "the module loads" modprobe pci_fixed_bars
dmesg | sed -n 's/^\[[^]]*\] \(.*pci_fixed_bars.*\)/\1/p'

title "read and verify: where the facts came from, and each BAR's verdict"
must "everything can be read" pci-fixed-bars status
must "every declared BAR is verified" pci-fixed-bars verify

title "the path: a write from the NIC to the GPU, hop by hop"
must "the path is direct" pci-fixed-bars path $GPU $NIC

title "the path from the other NIC, behind another root port: it must not be direct"
if pci-fixed-bars path $GPU $OTHER_NIC; then
	echo "!!! this path was called direct, and no switch is above both"
	failed=1
fi

title "provide: peer-to-peer DMA from the NIC into the GPU's BAR, every byte compared"
must "P2P DMA works" pci-fixed-bars bench --overwrite --direction read --rounds 9 \
	--sizes 4K,64K,1M,8M $GPU $NIC

exit $failed
