#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# pfb.sh - what the tests of pci_fixed_bars share: the machine's parts by the
# role they play, the module, its sources, its answers. Sourced after ktap.sh.
#
# Environment:
#	PFB_BENCH=1	the guest bench: what is missing is a failure
#	PFB_DISRUPT=1	the tests may reload a module that is loaded, and remove, rescan
#			and disturb devices that may be in use
#	PFB_PROVIDER	BDF of the function whose BAR is tested (default: the first
#			ivshmem, 1af4:1110)
#	PFB_CLIENT	BDF of a DMA engine under the same switch (default: an NVMe there)
#	PFB_DISK	block device whose content may be overwritten (default in the
#			bench: the client's first namespace)
#	PFB_CLI		the command line tool (default: pci-fixed-bars)
#
# After pfb_roles:
#	GPU GPU_PATH GPU_ID		provider: BDF, path, vendor:device
#	GPU_BAR GPU_ADDR GPU_SIZE	its largest memory BAR (or PFB_BAR): index, address, size
#	NIC NIC_PATH NIC_ID NIC_ADDR NIC_SIZE	client under the same switch; BAR0
#	FAR				client under another root port, or empty

# The variables are for the scripts that source this file.
# shellcheck disable=SC2034

MODULE=pci_fixed_bars
CLI=${PFB_CLI:-pci-fixed-bars}
PCI=/sys/bus/pci/devices
PARAMETERS=/sys/module/$MODULE/parameters

pfb_here=$(cd "$(dirname "$0")" && pwd)
PATH=$pfb_here:$PATH
pfb_undo=
pfb_looked=0
WORK=

# pfb_finally COMMAND: run at exit, the last one first.
pfb_finally()
{
	pfb_undo="$*
$pfb_undo"
}

pfb_exit()
{
	pfb_rc=$?
	trap - EXIT
	eval "$pfb_undo"
	[ -z "$WORK" ] || rm -rf "$WORK"
	exit "$pfb_rc"
}

# pfb_begin: as root, and what is changed is put back on the way out.
pfb_begin()
{
	[ "$(id -u)" = 0 ] || ktap_skip_all 'must be root' lack
	pfb_scratch
	pfb_looked=$(kmsg -l)
}

# pfb_scratch: a folder in $WORK until the script ends
pfb_scratch()
{
	WORK=$(mktemp -d /tmp/pfb.XXXXXX) || ktap_skip_all 'no scratch folder in /tmp' lack
	trap pfb_exit EXIT
	trap 'exit 130' INT TERM HUP
}

# pfb_may_reload: a module that is in use is not taken away without a person's leave
pfb_may_reload()
{
	pfb_may_disturb || ! pfb_loaded ||
		ktap_skip_all "module $MODULE is loaded, and would be reloaded: allow it with PFB_DISRUPT=1" skip
}

pfb_may_disturb()
{
	[ "${PFB_BENCH:-0}" = 1 ] || [ "${PFB_DISRUPT:-0}" = 1 ]
}

# pfb_must_disturb: nor are live devices disturbed
pfb_must_disturb()
{
	pfb_may_disturb ||
		ktap_skip_all 'disturbs devices that may be in use: allow it with PFB_DISRUPT=1' skip
}

pfb_need_module()
{
	modinfo "$MODULE" >/dev/null 2>&1 || pfb_loaded ||
		ktap_skip_all "module $MODULE is not installed for kernel $(uname -r)" lack
}

pfb_have_cli()
{
	command -v "$CLI" >/dev/null 2>&1
}

# pfb_page_size: bytes of the kernel's pages, of which arm64 has three sizes
pfb_page_size()
{
	awk '/^KernelPageSize:/ { print $2 * 1024; exit }' /proc/self/smaps
}

# --- devices -----------------------------------------------------------------
#
# By the shell alone where it can: in a kernel that finds faults, a process is dear.

# pfb_path BDF: 0000:00:01.0/00.0/01.0/00.0
pfb_path()
{
	# shellcheck disable=SC2046
	set -- $(pfb_chain "$1")
	[ $# -gt 0 ] || return 0
	pfb_hops=$1
	while shift && [ $# -gt 0 ]; do
		pfb_hops=$pfb_hops/${1##*:}
	done
	echo "$pfb_hops"
}

pfb_id()
{
	read -r pfb_vendor <"$PCI/$1/vendor"
	read -r pfb_device <"$PCI/$1/device"
	echo "${pfb_vendor#0x}:${pfb_device#0x}"
}

# pfb_at PATH: the BDF of the function there now; buses may have been renumbered
pfb_at()
{
	pfb_dir=$(readlink -f "$PCI/${1%%/*}")
	pfb_rest=$1
	while [ "$pfb_rest" != "${pfb_rest#*/}" ]; do
		pfb_rest=${pfb_rest#*/}
		for pfb_dir in "$pfb_dir"/????:??:"${pfb_rest%%/*}"; do
			[ -d "$pfb_dir" ] || return 1
		done
	done
	echo "${pfb_dir##*/}"
}

# pfb_resource BDF INDEX: start end flags, as the kernel has them
pfb_resource()
{
	sed -n "$(($2 + 1))p" "$PCI/$1/resource"
}

# pfb_bar_addr BDF INDEX: 0x6b8000000000
pfb_bar_addr()
{
	# shellcheck disable=SC2046
	set -- $(pfb_resource "$1" "$2")
	printf '0x%x\n' "$1"
}

pfb_bar_size()
{
	# shellcheck disable=SC2046
	set -- $(pfb_resource "$1" "$2")
	if [ "$(($2))" = 0 ]; then
		echo 0x0
	else
		printf '0x%x\n' $(($2 - $1 + 1))
	fi
}

# pfb_chain BDF: the BDFs from the root port down to BDF
pfb_chain()
{
	pfb_dir=$(cd -P "$PCI/$1" 2>/dev/null && pwd)
	pfb_hops=${pfb_dir##*/pci*:??/}
	while [ "$pfb_hops" != "${pfb_hops#*/}" ]; do
		pfb_hops="${pfb_hops%%/*} ${pfb_hops#*/}"
	done
	echo "$pfb_hops"
}

pfb_root_port()
{
	# shellcheck disable=SC2046
	set -- $(pfb_chain "$1")
	echo "${1:-}"
}

# pfb_parent BDF: the bridge above, empty on a root bus
pfb_parent()
{
	# shellcheck disable=SC2046
	set -- $(pfb_chain "$1")
	[ $# -gt 1 ] || return 0
	shift $(($# - 2))
	echo "$1"
}

# pfb_switch BDF: the upstream port of the switch that BDF is directly under
pfb_switch()
{
	# shellcheck disable=SC2046
	set -- $(pfb_chain "$1")
	[ $# -gt 3 ] || return 0
	shift $(($# - 3))
	echo "$1"
}

pfb_largest_bar()
{
	awk 'NR <= 6 && $1 != "0x0000000000000000" && substr($3, length($3) - 2, 1) ~ /[2367abef]/ {
		print NR - 1, $1, $2
	}' "$PCI/$1/resource" | while read -r bar start end; do
		echo "$((end - start)) $bar"
	done | sort -n | awk 'END { if (NR) print $2 }'
}

pfb_roles()
{
	GPU=${PFB_PROVIDER:-}
	NIC=${PFB_CLIENT:-}
	FAR=

	for pfb_dev in "$PCI"/*; do
		pfb_bdf=${pfb_dev##*/}
		[ -n "$GPU" ] || [ "$(pfb_id "$pfb_bdf")" != 1af4:1110 ] ||
			GPU=$pfb_bdf
	done
	[ -e "$PCI/${GPU:-none}" ] ||
		ktap_skip_all "no provider: no ivshmem (1af4:1110) is here; name a function with PFB_PROVIDER=<BDF>" lack
	for pfb_dev in "$PCI"/*; do
		pfb_bdf=${pfb_dev##*/}
		read -r pfb_class <"$pfb_dev/class"
		case $pfb_class in
		0x0108*) ;;
		*) continue ;;
		esac
		if [ -n "$(pfb_switch "$GPU")" ] &&
		   [ "$(pfb_switch "$pfb_bdf")" = "$(pfb_switch "$GPU")" ]; then
			[ -n "$NIC" ] || NIC=$pfb_bdf
		elif [ "$(pfb_root_port "$pfb_bdf")" != "$(pfb_root_port "$GPU")" ]; then
			[ -n "$FAR" ] || FAR=$pfb_bdf
		fi
	done

	GPU_PATH=$(pfb_path "$GPU")
	GPU_ID=$(pfb_id "$GPU")
	# A BAR without an address has no size either: it can't be found, only named.
	GPU_BAR=${PFB_BAR:-$(pfb_largest_bar "$GPU")}
	[ -n "$GPU_BAR" ] || GPU_BAR=2
	GPU_ADDR=$(pfb_bar_addr "$GPU" "$GPU_BAR")
	GPU_SIZE=$(pfb_bar_size "$GPU" "$GPU_BAR")
	if [ -n "$NIC" ]; then
		NIC_PATH=$(pfb_path "$NIC")
		NIC_ID=$(pfb_id "$NIC")
		NIC_ADDR=$(pfb_bar_addr "$NIC" 0)
		NIC_SIZE=$(pfb_bar_size "$NIC" 0)
	fi
	ktap_note "provider $GPU = $GPU_PATH, bar$GPU_BAR at $GPU_ADDR, size $GPU_SIZE"
	ktap_note "client ${NIC:-none} = ${NIC_PATH:-}, behind another root port: ${FAR:-none}"
}

# pfb_engines: QEMU's edu under the provider's switch in $EDU, one behind another root
# port in $FAR_EDU, or empty
pfb_engines()
{
	EDU=
	FAR_EDU=
	for pfb_dev in "$PCI"/*; do
		pfb_bdf=${pfb_dev##*/}
		[ "$(pfb_id "$pfb_bdf")" = 1234:11e8 ] || continue
		if [ "$(pfb_switch "$pfb_bdf")" = "$(pfb_switch "$GPU")" ]; then
			EDU=$pfb_bdf
		elif [ "$(pfb_root_port "$pfb_bdf")" != "$(pfb_root_port "$GPU")" ]; then
			FAR_EDU=$pfb_bdf
		fi
	done
}

# pfb_test_module NAME [PARAMETER]...: beside this script, or where modprobe finds it
pfb_test_module()
{
	pfb_name=$1
	shift
	if [ -e "$pfb_here/$pfb_name.ko" ]; then
		insmod "$pfb_here/$pfb_name.ko" "$@"
	else
		modprobe "$pfb_name" "$@"
	fi
}

# pfb_need_engine: what DMA with the provider's memory takes: $EDU, its driver, memory decode
pfb_need_engine()
{
	pfb_engines
	[ -n "$EDU" ] || ktap_skip_all "no DMA engine (edu, 1234:11e8) under the switch of $GPU" lack
	pfb_test_module pfb_edu ||
		ktap_skip_all 'no module pfb_edu (make modules PFB_TEST_MODULES=y)' lack
	pfb_finally 'rmmod pfb_edu'
	pfb_wait 10 test -c "/dev/pfb_edu-$EDU" || ktap_skip_all "no /dev/pfb_edu-$EDU" lack
	pfb_finally "setpci -s $GPU COMMAND=$(pfb_command "$GPU")"
	pfb_command "$GPU" 0 2
}

pfb_have_gpu_address()
{
	[ "$((GPU_ADDR))" != 0 ]
}

# pfb_namespace BDF: /dev/nvme1n1, whichever name the kernel gave it this time
pfb_namespace()
{
	for pfb_name in "$PCI/$1"/nvme/nvme*/nvme*n*; do
		pfb_name=$(basename "$pfb_name" | sed 's/c[0-9]*n/n/')
		if [ -b "/dev/$pfb_name" ]; then
			echo "/dev/$pfb_name"
			return
		fi
	done
}

# pfb_has_disk: the client's driver has made a disk of it
pfb_has_disk()
{
	[ -n "$(pfb_namespace "$NIC")" ]
}

# pfb_disk: a disk behind the client that may be overwritten, in $DISK; or why there is
# none, in $pfb_no_disk
pfb_disk()
{
	DISK=${PFB_DISK:-}
	if [ -z "$DISK" ] && [ "${PFB_BENCH:-0}" = 1 ]; then
		DISK=$(pfb_namespace "$NIC")
	fi
	pfb_no_disk='name a disk behind the client whose content may be overwritten with PFB_DISK='
	[ -n "$DISK" ]
}

# The kernel's own list of what it exports, so that the module's word isn't taken.
pfb_has_p2pdma()
{
	grep -q ' pci_p2pdma_add_resource$' /proc/kallsyms
}

# pfb_data: every byte that is written into the provider's BAR comes back, by DMA of the
# client where this kernel lets it, and by the CPU. The BAR passes at that moment.
pfb_data()
{
	pfb_seed=$((${pfb_seed:-100} + 1))
	runs 0 p2p_data -s 1048576 -S "$pfb_seed" fill "$PCI/$GPU/resource$GPU_BAR"
	like 'bytes compared' "${ktap_out:-}" '1048576 bytes, each equal'
	pfb_has_p2pdma && pfb_disk || return 0
	echo "$MODULE" >"$PCI/$GPU/driver_override"
	runs 0 sh -c "echo $GPU >/sys/bus/pci/drivers_probe"
	for pfb_way in to-bar from-bar; do
		runs 0 p2p_data -s 1048576 -S "$pfb_seed" "$pfb_way" "$PCI/$GPU/p2pmem/allocate" "$DISK"
		like 'bytes compared' "$ktap_out" '1048576 bytes, each equal'
	done
	[ ! -e "$PCI/$GPU/driver" ] || echo "$GPU" >"$PCI/$GPU/driver/unbind"
	echo >"$PCI/$GPU/driver_override"
}

# pfb_command BDF [CLEAR SET]: read or change the command register
pfb_command()
{
	if [ $# = 1 ]; then
		setpci -s "$1" COMMAND
	else
		setpci -s "$1" COMMAND="$(printf %x $((0x$(setpci -s "$1" COMMAND) & ~$2 | $3)))"
	fi
}

# pfb_bar_write BDF INDEX ADDRESS: write a 64-bit BAR's register behind the
# kernel's back, with memory decode off meanwhile; at once, for the module looks now and then
pfb_bar_write()
{
	pfb_old_command=$(setpci -s "$1" COMMAND)
	setpci -s "$1" COMMAND=0:2 \
		"$(printf %x.l $((0x10 + 4 * $2)))=$(printf %x $(($3 & 0xffffffff)))" \
		"$(printf %x.l $((0x14 + 4 * $2)))=$(printf %x $(($3 >> 32 & 0xffffffff)))" \
		COMMAND="$pfb_old_command"
}

# pfb_registered BDF BAR: a 64-bit BAR's address in its register
pfb_registered()
{
	pfb_low=$(setpci -s "$1" "$(printf %x.l $((0x10 + 4 * $2)))")
	pfb_high=$(setpci -s "$1" "$(printf %x.l $((0x14 + 4 * $2)))")
	printf '0x%x\n' $((0x$pfb_high << 32 | 0x$pfb_low & 0xfffffff0))
}

# Everything that a module could change: addresses, flags, config space. Status
# registers and pending bits of a live NVMe move by themselves: the first 64 bytes and
# what is writable of the bridges is compared.
pfb_snapshot()
{
	cat /proc/iomem
	stat -c %N "$PCI"/*/driver
	for pfb_dev in "$PCI"/*; do
		echo "${pfb_dev##*/}"
		cat "$pfb_dev/resource"
		od -An -v -tx1 -N 64 "$pfb_dev/config"
	done
}

# pfb_same_as FILE WHAT: everything is as in that snapshot
pfb_same_as()
{
	pfb_snapshot >"$WORK/now"
	if ! diff "$1" "$WORK/now" >"$WORK/diff"; then
		ktap_fail "$2: $(cat "$WORK/diff")"
	else
		ktap_pass
	fi
}

# pfb_held WHEN: the GPU is where it was declared, for the kernel, the register and the module
pfb_held()
{
	is "resource after $1" "$(pfb_bar_addr "$GPU" "$GPU_BAR")" "$GPU_ADDR"
	is "register after $1" "$(pfb_registered "$GPU" "$GPU_BAR")" "$GPU_ADDR"
	is "state after $1" "$(pfb_state "$GPU" "$GPU_BAR")" verified
	is "/proc/iomem after $1" "$(grep -c "$(printf '%x-%x : %s' $((GPU_ADDR)) $((GPU_ADDR + GPU_SIZE - 1)) "$GPU")" /proc/iomem)" 1
}

# pfb_use: somebody has the provider's BAR mapped, as a driver has, with data in it
pfb_use()
{
	runs 0 p2p_data -s 1048576 -S 4711 fill "$PCI/$GPU/resource$GPU_BAR"
	rm -f "$WORK/go" "$WORK/seen"
	p2p_data -s 1048576 -S 4711 keep "$PCI/$GPU/resource$GPU_BAR" "$WORK/go" >"$WORK/seen" 2>&1 &
	user=$!
	pfb_wait 10 grep -q held "$WORK/seen"
}

# pfb_used: what the user finds in his mapping now: its exit status is in $used
pfb_used()
{
	: >"$WORK/go"
	used=0
	wait "$user" || used=$?
	ktap_say "the mapping of $GPU: $(tail -n 1 "$WORK/seen")"
}

# pfb_find_again: the functions may have other bus numbers than before
pfb_find_again()
{
	GPU=$(pfb_at "$GPU_PATH")
	NIC=$(pfb_at "$NIC_PATH")
	is 'the provider is there' "${GPU:+there}" there
	is 'its neighbour is there' "${NIC:+there}" there
	GPU=${GPU:-none}
	NIC=${NIC:-none}
}

# pfb_wait SECONDS COMMAND...: until it succeeds
pfb_wait()
{
	pfb_tries=$(($1 * 10))
	shift
	while [ "$pfb_tries" -gt 0 ]; do
		! "$@" >/dev/null 2>&1 || return 0
		pfb_tries=$((pfb_tries - 1))
		sleep 0.1
	done
	return 1
}

# pfb_objects: how many are allocated, as far as they may be ours
pfb_objects()
{
	for cache in /sys/kernel/slab/kmalloc-* /sys/kernel/slab/filp; do
		echo 1 >"$cache/shrink"
	done
	awk '/^kmalloc-|^filp / { sum += $2 } END { print sum }' /proc/slabinfo
}

# pfb_native: hot-plug beside the provider is pciehp's, and not ACPI's (acpiphp)
pfb_native()
{
	ls "/sys/bus/pci_express/drivers/pciehp/$(pfb_at "${GPU_PATH%/*/*}/02.0"):"* >/dev/null 2>&1
}

# pfb_plug NAME: the host of the bench plugs in what the topology has ready for the empty port.
pfb_plug()
{
	command -v pfb-host >/dev/null || { ktap_skip 'no host to plug something in'; return 1; }
	# An empty port that sleeps (D3hot) hears of nothing that is plugged in, in QEMU.
	port=$(pfb_at "${GPU_PATH%/*/*}/02.0")
	if [ "$(cat "$PCI/$port/power/control")" = auto ]; then
		echo on >"$PCI/$port/power/control"
		pfb_finally "echo auto >$PCI/$port/power/control"
	fi
	runs 0 pfb-host plug "$1"
	pfb_wait 30 pfb_plugged
	is 'what was plugged in is there' "$(pfb_plugged && echo there)" there
	sleep 1
}

pfb_unplug()
{
	runs 0 pfb-host unplug "$1"
	pfb_wait 30 pfb_unplugged
	is 'what was unplugged is gone' "$(pfb_plugged || echo gone)" gone
}

# pfb_plugged: its BDF is in $NEW
pfb_plugged()
{
	for dev in "$PCI/$(pfb_switch "$GPU")"/*:*:02.0/*:*:00.0; do
		NEW=${dev##*/}
		[ ! -d "$dev" ] || return 0
	done
	return 1
}

pfb_unplugged()
{
	! pfb_plugged
}

# --- the module --------------------------------------------------------------

pfb_loaded()
{
	[ -d "/sys/module/$MODULE" ]
}

# rmmod, because modprobe -r would take qemu_fw_cfg along, on which it soft-depends,
# and with it what we mounted there.
pfb_unload()
{
	pfb_loaded || return 0
	rmmod "$MODULE"
}

# pfb_load [PARAMETER=VALUE]...: loads it afresh and remembers where its log begins
pfb_load()
{
	pfb_unload || return 1
	pfb_mark
	modprobe "$MODULE" "$@"
}

# Once, before the first load: what was loaded is loaded again on the way out.
pfb_take_module()
{
	pfb_need_module
	if pfb_loaded; then
		pfb_saved=
		for pfb_param in policy fixed_bars allow_declared; do
			pfb_value=$(cat "$PARAMETERS/$pfb_param" 2>/dev/null) || continue
			[ -z "$pfb_value" ] || pfb_saved="$pfb_saved '$pfb_param=$pfb_value'"
		done
		pfb_finally "pfb_unload; modprobe $MODULE $pfb_saved"
	else
		pfb_finally 'pfb_unload'
	fi
	pfb_unload || ktap_skip_all "module $MODULE is in use and cannot be reloaded" lack
}

# pfb_mark: the kernel log is read from here on
pfb_mark()
{
	pfb_marked=$(kmsg -l)
}

# pfb_log: the kernel's log since the mark, without time stamps
pfb_log()
{
	kmsg "${pfb_marked:-0}"
}

# pfb_listen: what the module tells in uevents is in $WORK/events from here on, after one line
pfb_listen()
{
	uevents -t 120 PFB_STATE >"$WORK/events" &
	pfb_listener=$!
	pfb_wait 10 grep -q listening "$WORK/events"
}

# pfb_heard PATTERN...: each of them came, or comes within seconds; nobody listens any more
pfb_heard()
{
	for pfb_event; do
		pfb_wait 30 grep -Eq "$pfb_event" "$WORK/events"
	done
	kill "$pfb_listener"
	wait "$pfb_listener" 2>/dev/null
	for pfb_event; do
		like 'events' "$(cat "$WORK/events")" "$pfb_event"
	done
}

# ktap_run calls it after each test: a test cannot pass over a warning of the kernel.
ktap_after()
{
	pfb_splat=$(kmsg "$pfb_looked" |
		grep -E '^(BUG|WARNING|Oops|Unable to handle|general protection|INFO: (task|rcu)|kernel BUG)')
	pfb_looked=$(kmsg -l)
	[ -z "$pfb_splat" ] || ktap_fail "the kernel complained: $pfb_splat"
}

# --- the module's answers (Documentation/ABI/testing/sysfs-pci-fixed-bars) -----

KERNEL=/sys/kernel/pci_fixed_bars

# pfb_attr BDF FILE: content, or "absent"
pfb_attr()
{
	if [ -e "$PCI/$1/fixed_bars/$2" ]; then
		cat "$PCI/$1/fixed_bars/$2"
	else
		echo absent
	fi
}

# pfb_state BDF INDEX
pfb_state()
{
	pfb_attr "$1" "bar$2_state"
}

# pfb_count STATE: BARs in it
pfb_count()
{
	cat "$KERNEL/states/$1"
}

# pfb_source SOURCE status|message|functions
pfb_source()
{
	cat "$KERNEL/sources/$1_$2"
}

pfb_verify()
{
	echo 1 >"$KERNEL/verify"
}

# pfb_preserve: not-asked, honoured or ignored, as this test sees it, or unknown
# where only ACPI could tell
pfb_preserve()
{
	if [ -n "${PFB_PRESERVE:-}" ]; then
		echo "$PFB_PRESERVE"
	elif [ ! -d /proc/device-tree ] || [ -d /sys/firmware/acpi/tables ]; then
		echo unknown
	elif pfb_dt_flag linux,pci-probe-only; then
		echo honoured
	elif pfb_dt_flag pci-enum-done; then
		echo ignored
	else
		echo not-asked
	fi
}

# Presence counts, except a u32 of 0.
pfb_dt_flag()
{
	find /proc/device-tree/ -name "$1" | while read -r pfb_file; do
		[ "$(od -An -v -tx1 "$pfb_file" | tr -d ' ')" = 00000000 ] || echo found
	done | grep -q found
}

# cli_state BDF INDEX: out of the JSON in $ktap_out
cli_state()
{
	printf '%s\n' "${ktap_out:-}" |
		jsonq - "functions[bdf=$1].bars[bar=bar$2].state"
}

# --- sources -----------------------------------------------------------------

# pfb_take_firmware: the firmware file comes from our scratch folder
pfb_take_firmware()
{
	pfb_fw_param=/sys/module/firmware_class/parameters/path
	[ -w "$pfb_fw_param" ] || return 1
	pfb_fw_old=$(cat "$pfb_fw_param")
	mkdir -p "$WORK/fw/pci-fixed-bars"
	printf %s "$WORK/fw" >"$pfb_fw_param"
	# An empty write is refused by the parameter; a space is no folder.
	pfb_finally "printf %s '${pfb_fw_old:- }' >$pfb_fw_param"
	FW_FILE=$WORK/fw/pci-fixed-bars/manifest.bin
}

# pfb_take_fw_cfg: the kernel's fw_cfg folder by name is covered by one of ours, so
# that one boot sees every blob. The module finds them by path all the same.
pfb_take_fw_cfg()
{
	modprobe qemu_fw_cfg 2>/dev/null
	pfb_by_name=/sys/firmware/qemu_fw_cfg/by_name
	[ -d "$pfb_by_name" ] || return 1
	mount -t tmpfs -o mode=0755 pfb "$pfb_by_name" || return 1
	pfb_finally "umount $pfb_by_name"
	FW_CFG=$pfb_by_name
}

# pfb_fw_cfg NAME: the blob on standard input becomes the fw_cfg file NAME
pfb_fw_cfg()
{
	mkdir -p "$FW_CFG/$1"
	cat >"$FW_CFG/$1/raw"
	wc -c <"$FW_CFG/$1/raw" >"$FW_CFG/$1/size"
	echo "$1" >"$FW_CFG/$1/name"
}

# pfb_no_sources: none of those that can be switched off is left
pfb_no_sources()
{
	[ -z "${FW_FILE:-}" ] || rm -f "$FW_FILE"
	[ -z "${FW_CFG:-}" ] || rm -rf "${FW_CFG:?}"/*
}

# pfb_take_all: all that says what is declared, as far as it can be had, is ours
pfb_take_all()
{
	pfb_take_module
	pfb_take_firmware
	pfb_take_fw_cfg || ktap_note 'no fw_cfg here'
}

# pfb_begin_moving: what every test begins with that moves BARs of a provider beside an NVMe
pfb_begin_moving()
{
	pfb_begin
	pfb_must_disturb
	pfb_roles
	[ -n "$NIC" ] || ktap_skip_all "no NVMe under the switch of $GPU" lack
	pfb_take_all
}

# pfb_begin_exporting: what every test begins with that exports a provider's BAR to an engine
pfb_begin_exporting()
{
	pfb_begin
	pfb_must_disturb
	pfb_may_reload
	pfb_roles
	pfb_have_gpu_address || ktap_skip_all "bar$GPU_BAR of $GPU has no address" skip
	[ ! -e "$PCI/$GPU/driver" ] || ktap_skip_all "$GPU belongs to another driver" lack
	pfb_take_all
	pfb_need_engine
}

# pfb_declare FUNCTION...: they are all that is declared once the module is loaded, by a
# manifest from fw_cfg, or where there is none from the firmware file
pfb_declare()
{
	pfb_no_sources
	blob manifest "$@" >"$WORK/manifest"
	if [ -n "${FW_CFG:-}" ]; then
		pfb_fw_cfg opt/org.pci-fixed-bars/manifest <"$WORK/manifest"
	else
		cp "$WORK/manifest" "$FW_FILE"
	fi
}
