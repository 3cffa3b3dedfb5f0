# SPDX-License-Identifier: GPL-2.0
# From "objdump -dr" of a module: a line "FUNCTION+0xOFFSET CALLED SECTION 0xADDRESS 0xBLOCK"
# for each call of what allocates, with the offset that a stack trace shows for it: where the
# call returns to. ADDRESS is that within the section, and BLOCK the one that kcov tells when
# the code around the call runs. What faults.sh has to have seen fail.
function number(text,	i, value)
{
	value = 0
	for (i = 1; i <= length(text); i++)
		value = value * 16 + index("0123456789abcdef", substr(text, i, 1)) - 1
	return value
}

/^Disassembly of section / {
	section = substr($4, 1, length($4) - 1)
}
/^[0-9a-f]+ <.*>:$/ {
	start = number($1)
	name = substr($2, 2, length($2) - 3)
	next
}
/^ *[0-9a-f]+:\t/ {
	at = $1
	sub(/:/, "", at)
	if (traced)
		block = number(at)
	if (pending)
		printf "%s+0x%x %s %s 0x%x 0x%x\n", name, number(at) - start, pending, section, number(at), block
	pending = ""
	traced = 0
	call = $2 == "call" || $2 == "bl"
	next
}
/R_X86_64_PLT32|R_X86_64_PC32|R_AARCH64_CALL26/ && call {
	called = $3
	sub(/[-+]0x[0-9a-f]+$/, "", called)
	traced = called == "__sanitizer_cov_trace_pc"
	if (called ~ /^(__)?(k|v|kv)(malloc|calloc|realloc|zalloc)(_|$)/ ||
	    called ~ /^(kv?asprintf|kstrn?dup|v?memdup_user)$/ ||
	    called ~ /^(sg_alloc_table|dma_buf_export|devres_open_group|pci_p2pdma_add_resource)$/ ||
	    called ~ /^(pci_request_region|pci_add_dynid|__pci_register_driver)$/ ||
	    called ~ /^(kobject_create_and_add|kobject_uevent_env|sysfs_create_(groups?|bin_file))$/ ||
	    called ~ /^(misc_register|filp_open|kernel_read_file_from_path_initns)$/ ||
	    called ~ /^(request_firmware_direct|acpi_evaluate_dsm|acpi_check_dsm)$/)
		pending = called
}
