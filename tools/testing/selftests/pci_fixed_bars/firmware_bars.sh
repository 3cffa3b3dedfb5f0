#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# firmware_bars.sh - prints, of each 64-bit prefetchable BAR in the kernel's log, its
# function, its number, and where firmware left it: "BDF BAR 0xADDRESS"
#
# That is what the kernel says when it reads a register first. Linux 6.1 names the
# register, later ones the BAR.

dmesg | sed -n -e 's/^\[[^]]*\] //' -e '/: assigned\|: releasing/d' \
	-e 's/^pci \([^ ]*\): BAR \([0-5]\) \[mem 0x0*\([0-9a-f]*\)-.* 64bit pref.*/\1 \2 0x\3/p' \
	-e 's/^pci \([^ ]*\): reg 0x18: \[mem 0x0*\([0-9a-f]*\)-.* 64bit pref.*/\1 2 0x\2/p' |
	awk '!seen[$1, $2]++'
