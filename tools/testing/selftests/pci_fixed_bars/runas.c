// SPDX-License-Identifier: GPL-2.0
/*
 * runas - run a command as an ordinary user
 *
 *	runas UID COMMAND [ARGUMENT]...
 *
 * No password database, no PAM, no shell of the user: busybox's su wants them.
 * Every capability goes with the ids, and no_new_privs keeps set-uid programs
 * from bringing them back.
 */
#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	unsigned long id;
	char *end;

	if (argc < 3) {
		fputs("usage: runas UID COMMAND [ARGUMENT]...\n", stderr);
		return 2;
	}
	id = strtoul(argv[1], &end, 10);
	if (*end || !id || id >= 0xffffffffUL) {
		fprintf(stderr, "runas: '%s' is not the number of an ordinary user\n", argv[1]);
		return 2;
	}
	if (setgroups(0, NULL) || setresgid((gid_t)id, (gid_t)id, (gid_t)id) ||
	    setresuid((uid_t)id, (uid_t)id, (uid_t)id) ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)) {
		fprintf(stderr, "runas: cannot become user %lu: %s\n", id, strerror(errno));
		return 126;
	}
	execvp(argv[2], argv + 2);
	fprintf(stderr, "runas: cannot run %s: %s\n", argv[2], strerror(errno));
	return 127;
}
