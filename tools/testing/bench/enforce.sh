#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# In a guest with 8 GPUs and 8 NICs under 4 switches, and a bystander under the first of
# them: declares every GPU where the topology says, and every NIC where its neighbour is,
# and measures how long it takes to have them there. ENFORCE_ROUNDS says how often. The
# figures go to /results.

set -e

PCI=/sys/bus/pci/devices
MANIFEST=/lib/firmware/pci-fixed-bars/manifest.bin
GPU_SIZE=0x100000000

# at PATH: the folder of the function there
at()
{
	dir=$(readlink -f "$PCI/${1%%/*}")
	rest=$1
	while [ "$rest" != "${rest#*/}" ]; do
		rest=${rest#*/}
		dir=$(echo "$dir"/????:??:"${rest%%/*}")
	done
	echo "$dir"
}

# bar PATH INDEX: its address
bar()
{
	sed -n "$(($2 + 1))s/ .*//p" "$(at "$1")/resource"
}

declare_bar()	# declare_bar PATH INDEX ADDRESS SIZE
{
	printf 'function %s clique=1\n\tbar%s gpa=%s hpa=gpa size=%s\n' "$@"
}

mkdir -p "${MANIFEST%/*}"
gpu=0
for port in 01 02 03 04; do
	switch=0000:00:$port.0/00.0
	for slot in 00 01; do
		declare_bar "$switch/$slot.0/00.0" 2 \
			"$(printf 0x%x $((0x600000000000 + gpu * 0x8000000000)))" "$GPU_SIZE"
		gpu=$((gpu + 1))
	done
	declare_bar "$switch/02.0/00.0" 0 "$(bar "$switch/03.0/00.0" 0)" 0x4000
	declare_bar "$switch/03.0/00.0" 0 "$(bar "$switch/02.0/00.0" 0)" 0x4000
done >/tmp/manifest.txt
pci-fixed-bars manifest build /tmp/manifest.txt -o "$MANIFEST"

bystander=$(at 0000:00:01.0/00.0/04.0/00.0)
echo 1 >/proc/sys/kernel/printk
/bench/enforce_time "$ENFORCE_ROUNDS" 16 "${bystander##*/}" /results/enforce.json
