/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A _DSM for the host bridge of QEMU's q35, given with -acpitable: the PCI Firmware
 * Specification's. The Makefile replaces
 *
 *	FUNCTIONS	by the bitmap that function 0 returns
 *	ANSWER		by what function 5 returns: the Integer 0 asks the kernel to
 *			keep the boot configuration
 */
DefinitionBlock ("", "SSDT", 2, "PFB   ", "PFBDSM  ", 1)
{
	External (\_SB.PCI0, DeviceObj)

	Scope (\_SB.PCI0)
	{
		Method (_DSM, 4, Serialized)
		{
			If (LEqual (Arg0, ToUUID ("e5c937d0-3553-4d7a-9117-ea4d19c3434d")))
			{
				If (LEqual (Arg2, Zero))
				{
					Return (Buffer () { FUNCTIONS })
				}
				If (LEqual (Arg2, 5))
				{
					Return (ANSWER)
				}
			}
			Return (Buffer () { 0 })
		}
	}
}
