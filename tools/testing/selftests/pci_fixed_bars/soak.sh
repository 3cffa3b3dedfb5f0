#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# soak - the same, a thousand times: hot-plug, reload, a move that is undone and one that
# is not, exports that are used and revoked. Data is compared in every round; memory, slab
# objects and open files do not grow
#
# Needs: root; the module, pfb_edu (tools/testing/modules); a provider without a driver and
# QEMU's edu under its switch; for hot-plug an empty port there, and a host that plugs
# into it (the bench's pfb-host).
# Changes: reloads the module; moves BARs; plugs, unplugs; overwrites the first MiB of BARs.
#
#	PFB_SOAK	what is done: some of "hotplug,reload,enforce,export" (default: all)
#	PFB_SOAK_PART	a number: the rounds are divided by it (default: 1)
#	PFB_TARGET, PFB_OTHER	as in enforce.sh

# shellcheck source=ktap.sh
. "$(dirname "$0")/ktap.sh"
# shellcheck source=pfb.sh
. "$(dirname "$0")/pfb.sh"

KINDS=$(echo "${PFB_SOAK:-hotplug reload enforce export}" | tr , " ")
PART=${PFB_SOAK_PART:-1}
T1=${PFB_TARGET:-0x6b8000000000}
T2=${PFB_OTHER:-0x6c0000000000}

# What a tenth of the rounds may not have left behind at the end: less than a third of an
# object, and less than a page, for each of a thousand.
MORE_OBJECTS=300
MORE_KIB=2048
MORE_FILES=32

pfb_begin_moving
pfb_need_engine

# Each round says something in the kernel's log; the console is slow.
printk=$(cat /proc/sys/kernel/printk)
pfb_finally "echo '$printk' >/proc/sys/kernel/printk"
echo 1 >/proc/sys/kernel/printk

RESULTS=$WORK
[ ! -d /results ] || RESULTS=/results
: >"$RESULTS/soak"

# declaration ADDRESS: the provider's
declaration()
{
	echo "$GPU_PATH,id=$GPU_ID,bar$GPU_BAR@$1+$GPU_SIZE=$1"
}

# sample ROUND: objects, memory in use in KiB, slab memory that nothing reclaims, open files
sample()
{
	echo 3 >/proc/sys/vm/drop_caches
	echo "$1 $(pfb_objects)" "$(awk '
		$1 == "MemTotal:" { all = $2 }
		$1 == "MemFree:" { free = $2 }
		$1 == "SUnreclaim:" { slab = $2 }
		END { print all - free, slab }' /proc/meminfo)" "$(cut -f1 /proc/sys/fs/file-nr)" >>"$WORK/samples"
}

# rounds WHAT COUNT FUNCTION [ARGUMENT]...: the function is called with the numbers of the
# first and of the last round of each tenth
rounds()
{
	what=$1
	count=$(($2 / PART))
	shift 2
	: >"$WORK/samples"
	started=$(cut -d. -f1 /proc/uptime)
	last=0
	for tenth in 1 2 3 4 5 6 7 8 9 10; do
		first=$((last + 1))
		last=$((count * tenth / 10))
		[ "$first" -le "$last" ] || continue
		"$@" "$first" "$last"
		ktap_after
		[ "$ktap_state" != fail ] || return
		sample "$last"
	done
	seconds=$(($(cut -d. -f1 /proc/uptime) - started))
	sed "s/^/$what /" "$WORK/samples" >>"$RESULTS/soak"
	ktap_say "$what: $count rounds in $seconds s; round, slab objects, KiB in use, KiB of slab, open files:"
	ktap_say "$(cat "$WORK/samples")"
	# shellcheck disable=SC2046
	set -- $(sed -n '1p;$p' "$WORK/samples")
	flat 'slab objects' "$2" "$7" "$MORE_OBJECTS"
	flat 'KiB of memory in use' "$3" "$8" "$MORE_KIB"
	flat 'KiB of slab' "$4" "$9" "$MORE_KIB"
	flat 'open files' "$5" "${10}" "$MORE_FILES"
	is 'dma-bufs left' "$(grep -c pci_fixed_bars /sys/kernel/debug/dma_buf/bufinfo)" 0
}

# flat WHAT BEFORE AFTER MORE
flat()
{
	if [ "$(($3 - $2))" -gt "$4" ]; then
		ktap_fail "$what: $1: $2 after a tenth of the rounds, $3 after all: more than $4 more"
	else
		ktap_pass
	fi
}

# dma BDF STEP...: through an export of that provider, mapped by the engine
dma()
{
	bdf=$1
	shift
	runs 0 pfb_dev export "$bdf" "$GPU_BAR" 0+0x100000 edu "$EDU" attach good map "$@"
}

# soak KIND [ARGUMENT]... FIRST LAST
soak()
{
	kind=$1 arguments=
	shift
	while [ $# -gt 2 ]; do
		arguments="$arguments $1"
		shift
	done
	# shellcheck disable=SC2086
	runs 0 pfb_soak "$kind" "$1" "$2" "$GPU" "$GPU_BAR" "$EDU" $arguments
}

t_hotplug()
{
	command -v pfb-host >/dev/null || { ktap_skip 'no host to plug something in'; return; }
	NEW_ADDR=$(printf 0x%x $((T1 + GPU_SIZE)))
	pfb_declare "$(declaration "$T1")" \
		"${GPU_PATH%/*/*}/02.0/00.0,id=$GPU_ID,bar$GPU_BAR@$NEW_ADDR+$GPU_SIZE=$NEW_ADDR"
	runs 0 pfb_load policy=enforce
	pfb_command "$GPU" 0 2
	# Once to learn its BDF.
	pfb_plug gpu1 && pfb_plugged || return
	new=$NEW
	pfb_unplug gpu1
	dma "$GPU" put 0 4096 0
	rounds hot-plug 1000 soak hotplug "$T1" "$new" "$NEW_ADDR"
}

t_reload()
{
	here=$(pfb_bar_addr "$GPU" "$GPU_BAR")
	pfb_declare "$(declaration "$here")"
	runs 0 pfb_load policy=preserve
	dma "$GPU" put 0 4096 0
	rounds reload 1000 soak reload "$here" "$(modinfo -n "$MODULE")" policy=preserve
}

# One step of the move fails, another one in each round, and all is as before; then it is
# moved, and so is the data.
t_enforce()
{
	for to in "$T1" "$T2"; do
		blob manifest "$(declaration "$to")" >"$WORK/$to"
	done
	pfb_no_sources
	runs 0 pfb_load policy=preserve
	# Both ways, for the number of the steps; the first round is to move it to T2.
	for to in "$T2" "$T1"; do
		runs 0 pfb_dev manifest "$WORK/$to" enforce 'do'
	done
	steps=$(sed -n 's/.*done: \([0-9]*\) steps.*/\1/p' "$KERNEL/enforce")
	isnt 'steps' "${steps:-0}" 0
	dma "$GPU" put 0 4096 0
	rounds enforce 1000 soak enforce "${steps:-0}" "$T1" "$WORK/$T1" "$T2" "$WORK/$T2"
}

exports()	# exports FIRST LAST
{
	# shellcheck disable=SC2086
	runs 0 pfb_revoke "$(($2 - $1 + 1))" "$GPU" "$GPU_BAR" "$WORK/good" "$WORK/bad" $engines
	ktap_say "$ktap_out"
}

t_export()
{
	here=$(pfb_bar_addr "$GPU" "$GPU_BAR")
	engines=
	for dev in "$PCI/$(pfb_switch "$GPU")"/*/*; do
		dev=${dev##*/}
		[ ! -e "$PCI/$dev" ] || [ "$(pfb_id "$dev")" != 1234:11e8 ] || engines="$engines $dev"
	done
	ktap_say "engines:$engines"
	blob manifest "$(declaration "$here")" >"$WORK/good"
	blob manifest "$GPU_PATH,bar$GPU_BAR@$here+$GPU_SIZE=$(printf 0x%x $((here ^ GPU_SIZE)))" >"$WORK/bad"
	pfb_no_sources
	runs 0 pfb_load policy=preserve
	rounds export 10000 exports
}

for kind in $KINDS; do
	case $kind in
	hotplug) ktap_test 'plugged in, used and unplugged' t_hotplug ;;
	reload) ktap_test 'unloaded and loaded' t_reload ;;
	enforce) ktap_test 'a move undone, then moved' t_enforce ;;
	export) ktap_test 'exported, mapped, used and revoked' t_export ;;
	*) ktap_skip_all "PFB_SOAK=$kind: nothing of that name" lack ;;
	esac
done

ktap_run
