/* SPDX-License-Identifier: GPL-2.0 */
/* libvirt's domain XML, read as the QEMU options that it stands for. */
#ifndef PFB_LIB_LIBVIRT_XML_H
#define PFB_LIB_LIBVIRT_XML_H

#include "lib/vm_config.h"

#define PFB_LIBVIRT_DEPTH_MAX	64	/* elements within elements; a domain has some ten */

/**
 * pfb_libvirt_xml_parse() - read a domain
 * @config: receives it, all zero before; pfb_vm_config_free() it, after an error too
 * @text: the XML: <domain>, or what holds one, or <devices> alone
 * @len: bytes in @text
 * @err: receives what is wrong, with its line
 *
 * A PCI controller of index N is the bus "pci.N", as libvirt names it for QEMU;
 * controllers come before what is on them, wherever they stand. What
 * <qemu:commandline> and <qemu:override> add is taken, too. An <interface> that
 * is a function of the host has the property "pfb-role" with the value "client".
 * A DOCTYPE is refused: no domain has one, and entities are how XML explodes.
 *
 * Return: 0, -EINVAL for what is no domain, -E2BIG, -ENOMEM.
 */
int pfb_libvirt_xml_parse(struct pfb_vm_config *config, const char *text, size_t len,
			  struct pfb_error *err);

#endif /* PFB_LIB_LIBVIRT_XML_H */
