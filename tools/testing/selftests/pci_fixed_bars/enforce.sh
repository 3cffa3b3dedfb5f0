#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# enforce - a BAR that is elsewhere is moved to where it was declared, in place, with
# the windows above it and what is in its way; who has nothing to do with it goes on
#
# Needs: root; the module; a provider and an NVMe under one switch; lspci.
# Changes: reloads the module; moves BARs; overwrites the first MiBs of the disk.
#
#	PFB_TARGET, PFB_OTHER	addresses that the host bridge has free for the
#				provider's BAR (default: the RFC's 0x6b8000000000,
#				and 0x6c0000000000)

# shellcheck source=ktap.sh
. "$(dirname "$0")/ktap.sh"
# shellcheck source=pfb.sh
. "$(dirname "$0")/pfb.sh"

pfb_begin_moving

T1=${PFB_TARGET:-0x6b8000000000}
T2=${PFB_OTHER:-0x6c0000000000}
if [ "$((GPU_ADDR))" = "$((T1))" ]; then
	T1=$T2
	T2=$GPU_ADDR
fi
ENFORCE=$KERNEL/enforce

# declare FUNCTION...: of blob's arguments; the module's source for the next load
declare_only()
{
	pfb_no_sources
	blob manifest "$@" >"$FW_FILE"
}

# gpu_at ADDRESS: the provider's declaration
gpu_at()
{
	echo "$GPU_PATH,id=$GPU_ID,bar$GPU_BAR@$1+$GPU_SIZE=$1"
}

# moved_to ADDRESS: it is there, and the data is
moved_to()
{
	GPU_ADDR=$1
	pfb_held "moving to $1"
	pfb_data
}

# The next move is one that has to be made.
other()
{
	if [ "$((GPU_ADDR))" = "$((T1))" ]; then
		echo "$T2"
	else
		echo "$T1"
	fi
}

t_dry_run()
{
	declare_only "$(gpu_at "$T1")"
	runs 0 pfb_load policy=preserve
	is 'state before' "$(pfb_state "$GPU" "$GPU_BAR")" moved
	pfb_snapshot >"$WORK/before"
	runs 0 sh -c "echo dry-run >$ENFORCE"
	pfb_same_as "$WORK/before" 'a dry run changed something'
	like 'the plan' "$(cat "$ENFORCE")" "move $GPU bar$GPU_BAR: .* -> $T1-"
	for bdf in $(pfb_chain "$GPU"); do
		[ "$bdf" = "$GPU" ] ||
			like 'the plan has the windows' "$(cat "$ENFORCE")" "move $bdf prefetchable window: .* -> $T1-"
	done
	unlike 'the plan touches the neighbour' "$(cat "$ENFORCE")" "(move|restart) $NIC"
	runs 0 "$CLI" enforce --dry-run
	like 'the tool shows it' "$ktap_out" "move $GPU bar$GPU_BAR: .* -> $T1-"
	pfb_same_as "$WORK/before" 'a dry run of the tool changed something'
}

t_observe()
{
	declare_only "$(gpu_at "$T1")"
	runs 0 pfb_load policy=observe
	pfb_snapshot >"$WORK/before"
	runs 1 sh -c "echo 1 >$ENFORCE"
	pfb_same_as "$WORK/before" 'observe touched something'
	like 'the log says why' "$(pfb_log)" 'policy=observe touches nothing'
}

t_load()
{
	declare_only "$(gpu_at "$T1")"
	runs 0 pfb_load policy=enforce
	is 'policy' "$(cat "$KERNEL/policy")" enforce
	moved_to "$T1"
	like 'the log tells of it' "$(pfb_log)" 'were moved to where they were declared: [0-9]+ steps'
	ktap_say "$(tail -n 1 "$ENFORCE")"
	for bdf in $(pfb_chain "$GPU"); do
		[ "$bdf" = "$GPU" ] || window_holds "$bdf"
	done
}

# window_holds BRIDGE: resource and registers of its prefetchable window hold the BAR
window_holds()
{
	# shellcheck disable=SC2046
	set -- "$1" $(lspci -vvs "$1" | sed -n 's/.*Prefetchable memory behind bridge: \([0-9a-f]*\)-\([0-9a-f]*\) .*/\1 \2/p')
	if [ $# = 3 ] && [ "$((0x$2))" -le "$((GPU_ADDR))" ] &&
	   [ "$((0x$3))" -ge "$((GPU_ADDR + GPU_SIZE - 1))" ]; then
		ktap_pass
	else
		ktap_fail "the prefetchable window of $1 is ${2:-closed}-${3:-}, and does not hold $GPU_ADDR"
	fi
}

t_request()
{
	to=$(other)
	declare_only "$(gpu_at "$to")"
	runs 0 pfb_load policy=preserve
	is 'state before' "$(pfb_state "$GPU" "$GPU_BAR")" moved
	runs 0 "$CLI" enforce
	moved_to "$to"
	runs 0 "$CLI" enforce
	like 'once more' "$ktap_out" 'nothing to move'
}

# What is pinned follows: a rescan does not take it back.
t_pinned()
{
	to=$(other)
	declare_only "$(gpu_at "$to")"
	runs 0 pfb_load policy=preserve
	runs 0 sh -c "echo 1 >$ENFORCE"
	pfb_wait 5 true
	echo 1 >"$PCI/$GPU/remove"
	pfb_wait 5 test ! -e "$PCI/$GPU"
	echo 1 >/sys/bus/pci/rescan
	sleep 1
	moved_to "$to"
	pfb_snapshot >"$WORK/before"
	echo 1 >/sys/bus/pci/rescan
	sleep 1
	pfb_same_as "$WORK/before" 'a rescan changed something'
}

# Its disk is read all the time, and by the same driver instance.
t_bystander()
{
	pfb_disk || { ktap_lack "$pfb_no_disk"; return; }
	instance=$(readlink -f "$PCI/$NIC"/nvme/nvme*)
	(
		trap 'exit 0' TERM
		n=0
		while dd "if=$DISK" of=/dev/null bs=64k count=16 iflag=direct 2>/dev/null; do
			n=$((n + 1))
			echo "$n" >"$WORK/reads"
		done
		echo failed >"$WORK/reads"
	) &
	reader=$!
	pfb_wait 5 test -s "$WORK/reads"
	for n in 1 2 3 4 5 6; do
		to=$(other)
		declare_only "$(gpu_at "$to")"
		runs 0 pfb_load policy=enforce
		GPU_ADDR=$to
		pfb_held "move $n"
	done
	reads=$(cat "$WORK/reads")
	isnt 'reads of the neighbour' "$reads" failed
	sleep 1
	isnt 'reads after the last move' "$(cat "$WORK/reads")" "$reads"
	kill "$reader"
	wait "$reader"
	is 'the driver instance' "$(readlink -f "$PCI/$NIC"/nvme/nvme*)" "$instance"
	pfb_data
}

# A BAR with a driver, 32 bits wide to its window: the driver is released and taken back.
t_driver()
{
	window=$(pfb_parent "$NIC")
	# shellcheck disable=SC2046
	set -- $(pfb_resource "$window" 14) 0 0
	if [ "$((NIC_ADDR - $1))" -ge "$((NIC_SIZE))" ]; then
		to=$(printf 0x%x $((NIC_ADDR - NIC_SIZE)))
	else
		to=$(printf 0x%x $((NIC_ADDR + NIC_SIZE)))
	fi
	declare_only "$NIC_PATH,id=$NIC_ID,bar0@$to+$NIC_SIZE=$to"
	runs 0 pfb_load policy=preserve
	is 'state before' "$(pfb_state "$NIC" 0)" moved
	runs 0 sh -c "echo 1 >$ENFORCE"
	is 'state' "$(pfb_state "$NIC" 0)" verified
	is 'resource' "$(pfb_bar_addr "$NIC" 0)" "$to"
	like 'the report' "$(cat "$ENFORCE")" "restart $NIC driver nvme"
	is 'driver' "$(basename "$(readlink -f "$PCI/$NIC/driver")")" nvme
	pfb_wait 20 pfb_has_disk
	runs 0 dd "if=$(pfb_namespace "$NIC")" of=/dev/null bs=64k count=16 iflag=direct
	NIC_ADDR=$to
}

# Two BARs of the same size, each where the other one belongs, below two root ports.
t_swap()
{
	sibling=$(pfb_at "${GPU_PATH%%:*}:00:04.0/00.0")
	if [ -z "$sibling" ] || [ "$(pfb_bar_size "$sibling" 2)" != "$GPU_SIZE" ]; then
		ktap_skip 'no BAR of the same size below another root port here'
		return
	fi
	a=$GPU_ADDR
	b=$(pfb_bar_addr "$sibling" 2)
	declare_only "$(gpu_at "$b")" "$(pfb_path "$sibling"),bar2@$a+$GPU_SIZE=$a"
	runs 0 pfb_load policy=enforce
	is 'state of the sibling' "$(pfb_state "$sibling" 2)" verified
	is 'resource of the sibling' "$(pfb_bar_addr "$sibling" 2)" "$a"
	moved_to "$b"
	runs 0 p2p_data -S 77 fill "$PCI/$sibling/resource2"
}

# undone ERE: what was undone is noticed and put right without being asked
undone()
{
	pfb_verify
	pfb_wait 20 grep -q "$1" "$ENFORCE"
	like 'the report' "$(cat "$ENFORCE")" "$1"
	pfb_held 'having been undone'
}

# A BAR of which the function's others stay where they are, wherever that is: SeaBIOS puts
# small prefetchable ones below 4 GiB, beside what may be nowhere else.
t_one_of_two()
{
	start=$(pfb_bar_addr "$GPU" 0)
	elsewhere=$(printf '0x%x' $((start ^ 0x1000)))
	for address in "$elsewhere" "$start"; do
		declare_only "$GPU_PATH,id=$GPU_ID,bar0@$address+$(pfb_bar_size "$GPU" 0)=$address,bar$GPU_BAR@$GPU_ADDR+$GPU_SIZE=$GPU_ADDR"
		runs 0 pfb_load policy=enforce
		like 'the report' "$(cat "$ENFORCE")" "move $GPU bar0: .* -> $address-"
		is 'bar0' "$(pfb_bar_addr "$GPU" 0)" "$address"
		is 'its register' "$(pfb_registered "$GPU" 0)" "$address"
		pfb_held "moving bar0 to $address"
		pfb_data
	done
}

# Something, such as a reset, restores an old address behind everybody's back.
t_undone()
{
	declare_only "$(gpu_at "$GPU_ADDR")"
	runs 0 pfb_load policy=enforce
	pfb_listen
	pfb_bar_write "$GPU" "$GPU_BAR" "$(other)"
	undone "rewrite $GPU bar$GPU_BAR: $GPU_ADDR-.* -> $GPU_ADDR-"
	pfb_heard "/$GPU .*PFB_STATE=moved" "/$GPU .*PFB_STATE=verified"
	pfb_data
}

# A reset of the link clears the addresses of what is behind it; no driver is there to
# restore them.
t_reset()
{
	declare_only "$(gpu_at "$GPU_ADDR")"
	runs 0 pfb_load policy=enforce recheck_ms=0
	port=$(pfb_parent "$GPU")
	bridge=$(setpci -s "$port" BRIDGE_CONTROL)
	setpci -s "$port" BRIDGE_CONTROL="$(printf %x $((0x$bridge | 0x40)))"
	sleep 0.2
	setpci -s "$port" BRIDGE_CONTROL="$bridge"
	sleep 1
	isnt 'register after the reset' "$(pfb_registered "$GPU" "$GPU_BAR")" "$GPU_ADDR"
	undone "rewrite $GPU bar$GPU_BAR: $GPU_ADDR-"
	# Decoding is for whoever uses a function to turn on.
	pfb_command "$GPU" 0 2
	pfb_data
}

# Under preserve an old window that was restored is repaired when root asks.
t_window()
{
	declare_only "$(gpu_at "$GPU_ADDR")"
	runs 0 pfb_load policy=preserve
	port=$(pfb_parent "$GPU")
	setpci -s "$port" 24.l=0000fff0
	runs 0 "$CLI" enforce
	like 'the report' "$ktap_out" "rewrite $port prefetchable window: $GPU_ADDR-.* -> $GPU_ADDR-"
	unlike 'the report' "$ktap_out" "$GPU bar$GPU_BAR"
	window_holds "$port"
	pfb_data
}

# A mapping made through sysfs must not reach what comes to the old address.
t_revoked()
{
	to=$(other)
	p2p_data keep "$PCI/$GPU/resource$GPU_BAR" "$WORK/go" >"$WORK/held" 2>&1 &
	holder=$!
	pfb_wait 10 grep -q held "$WORK/held"
	declare_only "$(gpu_at "$to")"
	runs 0 pfb_load policy=enforce
	moved_to "$to"
	: >"$WORK/go"
	wait "$holder"
	is 'how a read through the old mapping ended (SIGBUS)' "$?" 135
}

# refused WHAT ERE DECLARATION...: nothing is touched, and it is said why
t_refused()
{
	ere=$1
	shift
	for declaration; do
		set -- "$@" "$(eval "echo \"$declaration\"")"
		shift
	done
	pfb_unload
	pfb_snapshot >"$WORK/before"
	declare_only "$@"
	runs 0 pfb_load policy=observe
	pfb_same_as "$WORK/before" 'loading changed something'
	runs 0 pfb_load policy=enforce
	like 'the report' "$(cat "$ENFORCE")" "refused: .*$ere"
	like 'the log' "$(pfb_log)" "$ere"
	like 'state' "$(pfb_state "$GPU" "$GPU_BAR")" 'moved|wrong-size'
	runs 1 "$CLI" enforce
	like 'the tool' "$ktap_out" "$ere"
	pfb_unload
	pfb_same_as "$WORK/before" 'what was refused changed something'
}

ktap_test 'a dry run prints the plan, and touches nothing' t_dry_run
ktap_test 'observe refuses' t_observe
ktap_test 'a BAR moves, another one of the function stays' t_one_of_two
ktap_test 'policy=enforce moves a BAR at load' t_load
ktap_test 'on request, and then there is nothing to move' t_request
ktap_test 'what was moved is pinned there' t_pinned
ktap_test 'a neighbour keeps its I/O running' t_bystander
ktap_test 'a BAR in use: its driver is released and attached again' t_driver
ktap_test 'two BARs that were swapped' t_swap
ktap_test 'user mappings are revoked' t_revoked
ktap_test 'an old address that was restored is noticed, and repaired' t_undone
ktap_test 'what a link reset cleared is noticed, and repaired' t_reset
ktap_test 'a window that was closed is opened again' t_window
# shellcheck disable=SC2016
ktap_test 'refused: outside the window' t_refused 'outside the windows of the host bridge' '$(gpu_at 0xff0000000000)'
# shellcheck disable=SC2016
ktap_test 'refused: another size' t_refused 'its size is not the declared one' '$GPU_PATH,bar$GPU_BAR@$T1+0x1000=$T1'

ktap_run
