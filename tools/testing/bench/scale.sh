#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# In a guest with many functions: declares every one as it is, and measures how
# long the module takes to verify them all. SCALE_FUNCTIONS says how many there
# are, SCALE_ROUNDS how often to measure. The figures go to /results.

set -e

PCI=/sys/bus/pci/devices
MANIFEST=/lib/firmware/pci-fixed-bars/manifest.bin
ENDPOINT=0x1110		# ivshmem's device id

# Only builtins in the loops: each program that is started takes longer here than
# all they do.
functions=0
bars=0
mkdir -p "${MANIFEST%/*}"
for dev in "$PCI"/*; do
	readlink -f "$dev"
done >/tmp/functions
while read -r dev; do
	read -r id <"$dev/device"
	[ "$id" = "$ENDPOINT" ] || continue
	functions=$((functions + 1))
	read -r vendor <"$dev/vendor"
	# /sys/devices/platform/X.pcie/pci0000:00/0000:00:01.0/0000:01:00.0
	path=
	rest=${dev#*/pci????:??/}/
	while [ -n "$rest" ]; do
		hop=${rest%%/*}
		rest=${rest#*/}
		path=${path:+$path/${hop##*:}}
		path=${path:-$hop}
	done
	echo "function $path id=${vendor#0x}:${id#0x} clique=1" >&3
	bar=0
	while [ "$bar" -lt 6 ] && read -r start end flags; do
		if [ "$((start))" != 0 ] && [ "$((flags & 0x200))" != 0 ]; then
			printf '\tbar%d gpa=%#x hpa=gpa size=%#x\n' "$bar" "$((start))" \
				"$((end - start + 1))" >&3
			bars=$((bars + 1))
		fi
		bar=$((bar + 1))
	done <"$dev/resource"
	echo "$functions $bars" >/tmp/counts
done </tmp/functions 3>/tmp/manifest.txt
read -r functions bars </tmp/counts

if [ "$functions" != "$SCALE_FUNCTIONS" ]; then
	echo "expected $SCALE_FUNCTIONS functions, found $functions" >&2
	exit 1
fi
pci-fixed-bars manifest build /tmp/manifest.txt -o "$MANIFEST"
# The module logs a line for each BAR (up to 32), rescanning none: an emulated serial
# port would be measured. It is what every load costs where a console is that slow.
echo 1 >/proc/sys/kernel/printk
/bench/load_time "$SCALE_ROUNDS" "$functions" "$bars" "/results/scale-$functions.json"
