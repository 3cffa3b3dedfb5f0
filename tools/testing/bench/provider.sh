#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# In a guest with GPU stand-ins of several sizes below one switch: what it costs to
# provide their BARs, without pages and with. PROVIDER_ROUNDS says how often to
# measure, PROVIDER_RESULT how the file in /results is called that gets the figures.

set -e

PCI=/sys/bus/pci/devices
GPU=0x1110		# ivshmem's device id
EDU=0x11e8

path_of()
{
	readlink -f "$1" | sed 's,.*/pci[0-9a-f]*:[0-9a-f]*/,,; s,/[0-9a-f]*:[0-9a-f]*:,/,g'
}

edu='' bars=''
for dev in "$PCI"/*; do
	case $(cat "$dev/device") in
	"$GPU")
		# shellcheck disable=SC2046
		set -- $(sed -n 3p "$dev/resource")
		size=$(($2 - $1 + 1))
		echo "function $(path_of "$dev")"
		printf '\tbar2 gpa=0x%x hpa=gpa size=0x%x mem64 prefetch\n' "$(($1))" "$size"
		echo "$size ${dev##*/}:2" >>/tmp/bars
		;;
	"$EDU") edu=${dev##*/} ;;
	esac
done >/tmp/manifest.txt
bars=$(sort -n /tmp/bars | cut -d' ' -f2)
mkdir -p /lib/firmware/pci-fixed-bars
pci-fixed-bars manifest build /tmp/manifest.txt -o /lib/firmware/pci-fixed-bars/manifest.bin
# A line on an emulated serial port takes longer than what is measured.
echo 1 >/proc/sys/kernel/printk
modprobe pci_fixed_bars policy=observe
insmod /opt/selftests/pci_fixed_bars/pfb_edu.ko
# shellcheck disable=SC2086
/bench/provider_time "$PROVIDER_ROUNDS" "$edu" /results/$PROVIDER_RESULT $bars
