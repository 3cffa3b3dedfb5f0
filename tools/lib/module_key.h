/* SPDX-License-Identifier: GPL-2.0 */
/* Whether the key that the module is signed with counts on this machine. */
#ifndef PFB_LIB_MODULE_KEY_H
#define PFB_LIB_MODULE_KEY_H

#include "lib/policy_platform.h"

/* What to do with the one that is missing; %s is its path. */
#define PFB_MODULE_KEY_FIX "run 'mokutil --import %s', reboot, and choose Enroll MOK"

/**
 * pfb_module_key_wanted() - does the kernel load signed modules only
 * @root: the system's folder, "" for the one that runs this
 * @platform: the system
 *
 * Return: true under Secure Boot and lockdown, and with module.sig_enforce, which
 * CONFIG_MODULE_SIG_FORCE sets; false where that is not so, and where it is not known.
 */
bool pfb_module_key_wanted(const char *root, const struct pfb_policy_platform *platform);

/**
 * pfb_module_key_missing() - the certificate that must be enrolled before the module loads
 * @root: the system's folder, "" for the one that runs this
 * @platform: the system
 *
 * The kernel asks for a valid signature under Secure Boot and lockdown, and with
 * module.sig_enforce. DKMS signs with a key that it made; the kernel takes it once shim's
 * list (MokListRT) or firmware's (db) has its certificate. Nothing is said of a module that
 * is loaded, and of one that was signed in another way than DKMS's.
 *
 * Return: the certificate's path below @root, or NULL when none is known to be missing.
 */
const char *pfb_module_key_missing(const char *root, const struct pfb_policy_platform *platform);

#endif /* PFB_LIB_MODULE_KEY_H */
