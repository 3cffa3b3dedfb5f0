#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# surprise - a provider that is gone from one moment to the next, or unplugged, while
# somebody reads and writes it: what is exported is revoked, whoever uses it gets an
# error, nobody reaches what is plugged in there afterwards; that is where it was declared
#
# Needs: root; the module; a provider and an NVMe under one switch, an empty port there,
# and a host that plugs into it (the bench's pfb-host). For dma-bufs pfb_edu
# (tools/testing/modules) and QEMU's edu there, too; for p2pmem CONFIG_PCI_P2PDMA.
# Changes: reloads the module; moves BARs; plugs, unplugs, takes a slot's power away;
# overwrites the first MiBs of the disk.
#
#	PFB_TARGET	as in enforce.sh: where the provider that stays is put first

# shellcheck source=ktap.sh
. "$(dirname "$0")/ktap.sh"
# shellcheck source=pfb.sh
. "$(dirname "$0")/pfb.sh"

pfb_begin_moving
command -v pfb-host >/dev/null || ktap_skip_all 'no host to plug something in' skip
pfb_engines
[ -z "$EDU" ] || pfb_test_module pfb_edu || ktap_skip_all 'no module pfb_edu' lack
[ -z "$EDU" ] || pfb_finally 'rmmod pfb_edu'

# The provider is what is plugged in, beside the one that stays.
NEW_PATH=${GPU_PATH%/*/*}/02.0/00.0
GPU_ADDR=${PFB_TARGET:-0x6b8000000000}
NEW_ADDR=$(printf 0x%x $((GPU_ADDR + GPU_SIZE)))

blob manifest "$GPU_PATH,id=$GPU_ID,bar$GPU_BAR@$GPU_ADDR+$GPU_SIZE=$GPU_ADDR" \
	"$NEW_PATH,id=$GPU_ID,bar$GPU_BAR@$NEW_ADDR+$GPU_SIZE=$NEW_ADDR" >"$FW_FILE"
pfb_load policy=enforce || ktap_skip_all 'the module cannot be loaded' lack

# With the power indicator and the controller off, QEMU takes out what is in a slot (PCI
# Express 6.0, section 7.5.3.10: bits 9:8 and 10). pciehp takes a slot without power for one
# that it has emptied itself: it hears of it (bit 5) when the power is back.
cat >"$WORK/cut" <<'END'
#!/bin/sh
n=0
# pciehp has only then done with what was plugged in when it has turned the indicator on.
while [ $((0x$(setpci -s "$1" CAP_EXP+18.w) & 0x700)) != 256 ] && [ "$n" -lt 300 ]; do
	sleep 0.1
	n=$((n + 1))
done
setpci -s "$1" CAP_EXP+18.w=0700:0720 CAP_EXP+18.w=0120:0720
n=0
while [ -e "/sys/bus/pci/devices/$2" ] && [ "$n" -lt 300 ]; do
	sleep 0.1
	n=$((n + 1))
done
# What is plugged in before pciehp has turned the indicator off, QEMU takes out again.
while [ $((0x$(setpci -s "$1" CAP_EXP+18.w) & 0x700)) != 1792 ] && [ "$n" -lt 300 ]; do
	sleep 0.1
	n=$((n + 1))
done
[ ! -e "/sys/bus/pci/devices/$2" ]
END
chmod +x "$WORK/cut"

# plug: the provider is there, verified, and every byte of it
plug()
{
	pfb_mark
	pfb_plug gpu1 && pfb_plugged || return
	pfb_wait 20 verified
	is 'state' "$(pfb_state "$NEW" "$GPU_BAR")" verified
	is 'register' "$(pfb_registered "$NEW" "$GPU_BAR")" "$NEW_ADDR"
	stays=$GPU
	GPU=$NEW
	pfb_data
	GPU=$stays
	pfb_command "$NEW" 0 2
}

verified()
{
	[ "$(pfb_state "$NEW" "$GPU_BAR")" = verified ]
}

# gone: nothing of it is left, and the one that stays has not noticed
gone()
{
	is 'what was there' "$([ -e "$PCI/$NEW" ] || echo gone)" gone
	is 'missing' "$(cat "$KERNEL/missing")" "$NEW_PATH"
	is '/proc/iomem' "$(grep -c " : $NEW\$" /proc/iomem)" 0
	is 'state of the other' "$(pfb_state "$GPU" "$GPU_BAR")" verified
	runs 0 p2p_data -s 1048576 fill "$PCI/$GPU/resource$GPU_BAR"
	runs 0 dd "if=$(pfb_namespace "$NIC")" of=/dev/null bs=64k count=16 iflag=direct
}

# takes HOW: cut, which only native hot-plug hears of, or unplug
take()
{
	if [ "$1" = cut ]; then
		runs 0 "$WORK/cut" "$(pfb_at "${NEW_PATH%/*}")" "$NEW"
	else
		pfb_unplug gpu1
	fi
}

possible()
{
	[ "$1" = unplug ] || pfb_native && return
	ktap_skip 'hot-plug is ACPI here, which asks before anything is gone'
	return 1
}

# An export, its importer and a mapping of it, one step after the other.
t_revoked()
{
	possible cut || return
	[ -n "$EDU" ] || { ktap_skip "no DMA engine (edu) under the switch of $GPU"; return; }
	plug || return
	runs 0 pfb_dev export "$NEW" "$GPU_BAR" 0+0x100000 edu "$EDU" attach good map mmap shared \
		fill 0 0x1000 3 get 0 0x1000 3 sh "$WORK/cut $(pfb_at "${NEW_PATH%/*}") $NEW" \
		'!ENODEV' map '!ENXIO' get 0 0x1000 3 '!SIGBUS' check 0 8 3 '!ENODEV' sync start \
		detach '!ENODEV' attach good '!ENODEV' export "$NEW" "$GPU_BAR" all
	like 'the log' "$(pfb_log)" "$NEW: .*bar$GPU_BAR: an export of 1024 KiB was revoked: it is removed"
	gone
}

# t_dma HOW: an engine reads it all the time
t_dma()
{
	possible "$1" || return
	[ -n "$EDU" ] || { ktap_skip "no DMA engine (edu) under the switch of $GPU"; return; }
	plug || return
	# shellcheck disable=SC2046
	pfb_dev export "$NEW" "$GPU_BAR" 0+0x100000 edu "$EDU" attach good map mmap shared \
		fill 0 0x1000 3 $(yes 'get 0 0x1000 3' | head -n 1000) >"$WORK/dma" 2>&1 &
	user=$!
	pfb_wait 20 grep -q 'each equal' "$WORK/dma"
	take "$1"
	used=0
	wait "$user" || used=$?
	ktap_say "the engine, after $(grep -c 'each equal' "$WORK/dma") times: $(tail -n 1 "$WORK/dma")"
	is 'how it ended' "$used" 1
	gone
}

# t_p2pmem HOW: a disk reads into it and writes from it all the time
t_p2pmem()
{
	possible "$1" || return
	pfb_has_p2pdma || { ktap_skip "kernel $(uname -r) has no CONFIG_PCI_P2PDMA"; return; }
	pfb_disk || { ktap_lack "$pfb_no_disk"; return; }
	plug || return
	echo "$MODULE" >"$PCI/$NEW/driver_override"
	runs 0 sh -c "echo $NEW >/sys/bus/pci/drivers_probe"
	is 'provider' "$(pfb_attr "$NEW" provider)" registered
	rm -f "$WORK/rounds"
	while p2p_data -s 1048576 to-bar "$PCI/$NEW/p2pmem/allocate" "$DISK" &&
			p2p_data -s 1048576 from-bar "$PCI/$NEW/p2pmem/allocate" "$DISK"; do
		echo >>"$WORK/rounds"
	done >"$WORK/io" 2>&1 &
	user=$!
	pfb_wait 20 test -s "$WORK/rounds"
	take "$1"
	wait "$user"
	ktap_say "the disk, after $(wc -l <"$WORK/rounds") rounds: $(tail -n 1 "$WORK/io")"
	gone
}

t_back()
{
	plug || return
	pfb_unplug gpu1
	gone
}

ktap_test 'gone by surprise: what was exported is revoked' t_revoked
ktap_test 'gone by surprise under DMA through an export' t_dma cut
ktap_test 'gone by surprise under DMA of a disk (p2pmem)' t_p2pmem cut
ktap_test 'unplugged under DMA through an export' t_dma unplug
ktap_test 'unplugged under DMA of a disk (p2pmem)' t_p2pmem unplug
ktap_test 'and what comes in its place is where it was declared' t_back

ktap_run
