/* SPDX-License-Identifier: GPL-2.0 */
/* Speed and width of PCI Express links, as the kernel and NCCL write them. */
#ifndef PFB_LIB_LINK_H
#define PFB_LIB_LINK_H

#include "lib/guest.h"

#define PFB_LINK_WIDTH_MAX	32

/**
 * struct pfb_link - the most that one end of a link can do
 * @speed: in MT/s: 2500, 5000, 8000, 16000, 32000 or 64000; 0 when not known
 * @width: lanes, 0 when not known
 */
struct pfb_link {
	unsigned int speed;
	unsigned int width;
};

/**
 * pfb_link_speed_known() - is it one of PCI Express' speeds
 * @speed: in MT/s
 *
 * Return: true if it is.
 */
bool pfb_link_speed_known(unsigned int speed);

/**
 * pfb_link_speed_text() - a speed as the kernel's sysfs and NCCL write it
 * @speed: in MT/s
 *
 * Return: a constant such as "16.0 GT/s PCIe", or "Unknown".
 */
const char *pfb_link_speed_text(unsigned int speed);

/**
 * pfb_link_parse_speed() - read a speed in GT/s
 * @text: such as "16", "2.5", "16GT/s" or "16.0 GT/s PCIe"
 * @end: receives what follows the number
 *
 * Return: MT/s, 0 for what is none of PCI Express' speeds.
 */
unsigned int pfb_link_parse_speed(const char *text, const char **end);

/**
 * pfb_link_read() - what sysfs says of a function's link
 * @guest: the machine
 * @bdf: the function
 * @link: receives max_link_speed and max_link_width, the files that NCCL reads;
 *	zero where they are not there
 */
void pfb_link_read(const struct pfb_guest *guest, const char *bdf, struct pfb_link *link);

/**
 * pfb_link_register() - what a Link Capabilities register says
 * @lnkcap: the register (PCIe 6.0, 7.5.3.6)
 *
 * Return: the link, zero in what the register gives no meaning to.
 */
struct pfb_link pfb_link_register(u32 lnkcap);

/**
 * pfb_link_min() - what two ends of a link can do together
 * @a: one end
 * @b: the other
 *
 * Return: the lesser of each; not known where either is not.
 */
struct pfb_link pfb_link_min(struct pfb_link a, struct pfb_link b);

#endif /* PFB_LIB_LINK_H */
