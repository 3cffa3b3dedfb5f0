/* SPDX-License-Identifier: GPL-2.0 */
/* What a capture does not know, and what that means for planning. */
#ifndef PFB_LIB_CAPTURE_NOTES_H
#define PFB_LIB_CAPTURE_NOTES_H

#include "lib/capture.h"

#define PFB_CAPTURE_NOTES_MAX	16
#define PFB_CAPTURE_NOTE_MAX	512

/**
 * struct pfb_capture_notes - in the order of their weight
 * @nr: how many
 * @text: each a line for a person: what, where, what it means, and the fix
 */
struct pfb_capture_notes {
	u32 nr;
	char text[PFB_CAPTURE_NOTES_MAX][PFB_CAPTURE_NOTE_MAX];
};

/**
 * pfb_capture_notes() - look for what a capture does not know
 * @capture: the capture
 * @notes: receives them; none when it knows all that a plan asks for
 *
 * BARs that their bridges do not forward to are noted, too: a machine may be
 * like that, and no peer reaches them.
 */
void pfb_capture_notes(const struct pfb_capture *capture, struct pfb_capture_notes *notes);

#endif /* PFB_LIB_CAPTURE_NOTES_H */
