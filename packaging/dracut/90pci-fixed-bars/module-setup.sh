#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Puts the module and its manifest into the initrd, and loads it before udev
# loads drivers. dracut sources this; it defines what is used here.

check()
{
	return 0
}

depends()
{
	return 0
}

installkernel()
{
	# Those that the kernel has; without the module the initrd is made all the same.
	hostonly='' instmods pci_fixed_bars qemu_fw_cfg
	return 0
}

install()
{
	local dir

	# shellcheck disable=SC2154
	for dir in /lib/firmware /usr/lib/firmware; do
		if [ -f "$dracutsysrootdir$dir/pci-fixed-bars/manifest.bin" ]; then
			inst_simple "$dir/pci-fixed-bars/manifest.bin"
			break
		fi
	done
	# shellcheck disable=SC2154
	inst_hook pre-udev 10 "$moddir/load.sh"
	return 0
}
