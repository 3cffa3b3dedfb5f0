/* SPDX-License-Identifier: GPL-2.0 */
/* What a VM's configuration must hold to, whoever read it. */
#ifndef SAME_VM_H
#define SAME_VM_H

#include "lib/vm_config.h"

/**
 * fuzz_check_vm() - lint ends, says printable lines, and QEMU's command line says the same
 * @config: what a reader took
 */
void fuzz_check_vm(const struct pfb_vm_config *config);

#endif /* SAME_VM_H */
