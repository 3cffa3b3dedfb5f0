// SPDX-License-Identifier: GPL-2.0
#include "qmp.h"

#include <json-c/json.h>

/* Events come unasked between a command and its reply. */
#define EVENTS_MAX	256

/* One message that is not an event. */
static int receive(struct pfb_line_socket *sock, struct json_object **message,
		   struct pfb_error *err)
{
	unsigned int events;

	for (events = 0; events < EVENTS_MAX; events++) {
		enum json_tokener_error jerr;
		struct json_object *root;
		char *line;
		int ret;

		ret = pfb_line_socket_receive(sock, &line, err);
		if (ret)
			return ret;
		root = json_tokener_parse_verbose(line, &jerr);
		if (!root || !json_object_is_type(root, json_type_object)) {
			json_object_put(root);
			return pfb_fail(err, -EPROTO, "%s: expected a JSON object, got '%.80s' (%s); is this a QMP socket?",
					sock->what, line, json_tokener_error_desc(jerr));
		}
		if (!json_object_object_get_ex(root, "event", NULL)) {
			*message = root;
			return 0;
		}
		json_object_put(root);
	}
	return pfb_fail(err, -EPROTO, "%s: nothing but events", sock->what);
}

/* Run a command without arguments; @result is the caller's to put. */
static int execute(struct pfb_line_socket *sock, const char *name,
		   struct json_object **result, struct pfb_error *err)
{
	struct json_object *message, *member, *desc;
	char text[96];
	int ret;

	snprintf(text, sizeof(text), "{\"execute\": \"%s\"}\n", name);
	ret = pfb_line_socket_send(sock, text, strlen(text), err);
	if (ret)
		return ret;
	ret = receive(sock, &message, err);
	if (ret)
		return ret;

	if (json_object_object_get_ex(message, "return", &member)) {
		*result = json_object_get(member);
	} else if (json_object_object_get_ex(message, "error", &member) &&
		   json_object_object_get_ex(member, "desc", &desc)) {
		ret = pfb_fail(err, -EPROTO, "%s: QEMU refused '%s': %.200s", sock->what, name,
			       json_object_get_string(desc));
	} else {
		ret = pfb_fail(err, -EPROTO, "%s: '%s': expected 'return' or 'error', got '%.80s'",
			       sock->what, name, json_object_to_json_string(message));
	}
	json_object_put(message);
	return ret;
}

int pfb_qmp_hello(struct pfb_line_socket *sock, struct pfb_error *err)
{
	struct json_object *message, *result;
	int ret;

	ret = receive(sock, &message, err);
	if (ret)
		return ret;
	if (!json_object_object_get_ex(message, "QMP", NULL))
		ret = pfb_fail(err, -EPROTO, "%s: expected QMP's greeting, got '%.80s'; is another client connected?",
			       sock->what, json_object_to_json_string(message));
	json_object_put(message);
	if (ret)
		return ret;

	ret = execute(sock, "qmp_capabilities", &result, err);
	if (!ret)
		json_object_put(result);
	return ret;
}

int pfb_qmp_open(struct pfb_line_socket *sock, const char *path,
		 unsigned int op_timeout_ms, u64 deadline_ms, struct pfb_error *err)
{
	int ret;

	ret = pfb_line_socket_open(sock, "QMP socket", path, op_timeout_ms, deadline_ms, err);
	if (ret)
		return ret;
	ret = pfb_qmp_hello(sock, err);
	if (ret)
		pfb_line_socket_close(sock);
	return ret;
}

int pfb_qmp_status(struct pfb_line_socket *sock, char status[PFB_QMP_STATUS_MAX],
		   struct pfb_error *err)
{
	struct json_object *result, *member;
	int ret;

	ret = execute(sock, "query-status", &result, err);
	if (ret)
		return ret;
	if (json_object_object_get_ex(result, "status", &member) &&
	    json_object_is_type(member, json_type_string))
		snprintf(status, PFB_QMP_STATUS_MAX, "%s", json_object_get_string(member));
	else
		ret = pfb_fail(err, -EPROTO, "%s: 'query-status' without a status", sock->what);
	json_object_put(result);
	return ret;
}

int pfb_qmp_continue(struct pfb_line_socket *sock, struct pfb_error *err)
{
	char status[PFB_QMP_STATUS_MAX];
	struct json_object *result;
	int ret;

	ret = execute(sock, "cont", &result, err);
	if (ret)
		return ret;
	json_object_put(result);

	ret = pfb_qmp_status(sock, status, err);
	if (ret)
		return ret;
	if (strcmp(status, "running"))
		return pfb_fail(err, -EIO, "%s: told QEMU to continue, expected it 'running', it is '%s'",
				sock->what, status);
	return 0;
}
