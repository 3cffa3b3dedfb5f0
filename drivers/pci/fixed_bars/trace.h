/* SPDX-License-Identifier: GPL-2.0 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM pci_fixed_bars

#if !defined(PFB_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define PFB_TRACE_H

#include <linux/tracepoint.h>

#include "registry.h"

TRACE_DEFINE_ENUM(PFB_STATE_UNTRACKED);
TRACE_DEFINE_ENUM(PFB_STATE_VERIFIED);
TRACE_DEFINE_ENUM(PFB_STATE_DECLARED);
TRACE_DEFINE_ENUM(PFB_STATE_PRESERVED);
TRACE_DEFINE_ENUM(PFB_STATE_MOVED);
TRACE_DEFINE_ENUM(PFB_STATE_HPA_MISMATCH);
TRACE_DEFINE_ENUM(PFB_STATE_UNASSIGNED);
TRACE_DEFINE_ENUM(PFB_STATE_WRONG_SIZE);
TRACE_DEFINE_ENUM(PFB_STATE_MISSING);
TRACE_DEFINE_ENUM(PFB_STATE_ID_MISMATCH);

#define show_pfb_state(state)						\
	__print_symbolic(state,						\
			 { PFB_STATE_UNTRACKED, "untracked" },		\
			 { PFB_STATE_VERIFIED, "verified" },		\
			 { PFB_STATE_DECLARED, "declared" },		\
			 { PFB_STATE_PRESERVED, "preserved" },		\
			 { PFB_STATE_MOVED, "moved" },			\
			 { PFB_STATE_HPA_MISMATCH, "hpa-mismatch" },	\
			 { PFB_STATE_UNASSIGNED, "unassigned" },	\
			 { PFB_STATE_WRONG_SIZE, "wrong-size" },	\
			 { PFB_STATE_MISSING, "missing" },		\
			 { PFB_STATE_ID_MISMATCH, "id-mismatch" })

TRACE_DEFINE_ENUM(PFB_SOURCE_ABSENT);
TRACE_DEFINE_ENUM(PFB_SOURCE_OK);
TRACE_DEFINE_ENUM(PFB_SOURCE_UNSUPPORTED);
TRACE_DEFINE_ENUM(PFB_SOURCE_BROKEN);

#define show_pfb_source_status(status)					\
	__print_symbolic(status,					\
			 { PFB_SOURCE_ABSENT, "absent" },		\
			 { PFB_SOURCE_OK, "ok" },			\
			 { PFB_SOURCE_UNSUPPORTED, "unsupported" },	\
			 { PFB_SOURCE_BROKEN, "broken" })

/*
 * Texts are dynamic arrays, not __string(): the number of arguments that
 * __assign_str() takes has changed (6.10).
 */
TRACE_EVENT(pfb_verdict,
	TP_PROTO(const char *path, const char *bar, enum pfb_bar_state old_state,
		 enum pfb_bar_state new_state, u64 declared, u64 registered, u64 resource),

	TP_ARGS(path, bar, old_state, new_state, declared, registered, resource),

	TP_STRUCT__entry(
		__dynamic_array(char, path, strlen(path) + 1)
		__dynamic_array(char, bar, strlen(bar) + 1)
		__field(int, old_state)
		__field(int, new_state)
		__field(u64, declared)
		__field(u64, registered)
		__field(u64, resource)
	),

	TP_fast_assign(
		memcpy(__get_dynamic_array(path), path, __get_dynamic_array_len(path));
		memcpy(__get_dynamic_array(bar), bar, __get_dynamic_array_len(bar));
		__entry->old_state = old_state;
		__entry->new_state = new_state;
		__entry->declared = declared;
		__entry->registered = registered;
		__entry->resource = resource;
	),

	TP_printk("%s %s: %s -> %s declared=0x%llx registered=0x%llx resource=0x%llx",
		  __get_str(path), __get_str(bar),
		  show_pfb_state(__entry->old_state), show_pfb_state(__entry->new_state),
		  __entry->declared, __entry->registered, __entry->resource)
);

/* A look at what has a verdict: how many functions, how many differ, and what it took. */
TRACE_EVENT(pfb_recheck,
	TP_PROTO(unsigned int functions, unsigned int differ, u64 us),

	TP_ARGS(functions, differ, us),

	TP_STRUCT__entry(
		__field(unsigned int, functions)
		__field(unsigned int, differ)
		__field(u64, us)
	),

	TP_fast_assign(
		__entry->functions = functions;
		__entry->differ = differ;
		__entry->us = us;
	),

	TP_printk("functions=%u differ=%u us=%llu", __entry->functions, __entry->differ,
		  __entry->us)
);

TRACE_EVENT(pfb_source,
	TP_PROTO(const char *source, enum pfb_source_status status, unsigned int nr_functions,
		 const char *message),

	TP_ARGS(source, status, nr_functions, message),

	TP_STRUCT__entry(
		__dynamic_array(char, source, strlen(source) + 1)
		__field(int, status)
		__field(unsigned int, nr_functions)
		__dynamic_array(char, message, strlen(message) + 1)
	),

	TP_fast_assign(
		memcpy(__get_dynamic_array(source), source, __get_dynamic_array_len(source));
		__entry->status = status;
		__entry->nr_functions = nr_functions;
		memcpy(__get_dynamic_array(message), message, __get_dynamic_array_len(message));
	),

	TP_printk("%s: %s functions=%u: %s", __get_str(source),
		  show_pfb_source_status(__entry->status), __entry->nr_functions,
		  __get_str(message))
);

TRACE_DEFINE_ENUM(PFB_ROUTE_DIRECT);
TRACE_DEFINE_ENUM(PFB_ROUTE_DIRECT_TRANSLATED);
TRACE_DEFINE_ENUM(PFB_ROUTE_REDIRECTED);
TRACE_DEFINE_ENUM(PFB_ROUTE_HOST_BRIDGE);
TRACE_DEFINE_ENUM(PFB_ROUTE_BLOCKED);

#define show_pfb_route_kind(kind)					\
	__print_symbolic(kind,						\
			 { PFB_ROUTE_DIRECT, "direct" },		\
			 { PFB_ROUTE_DIRECT_TRANSLATED, "direct-translated" }, \
			 { PFB_ROUTE_REDIRECTED, "redirected" },	\
			 { PFB_ROUTE_HOST_BRIDGE, "host-bridge" },	\
			 { PFB_ROUTE_BLOCKED, "blocked" })

/* An importer that attached or mapped, or was refused and why. */
TRACE_EVENT(pfb_attach,
	TP_PROTO(const char *provider, const char *bar, const char *client,
		 enum pfb_route_kind kind, const char *reason, int error),

	TP_ARGS(provider, bar, client, kind, reason, error),

	TP_STRUCT__entry(
		__dynamic_array(char, provider, strlen(provider) + 1)
		__dynamic_array(char, bar, strlen(bar) + 1)
		__dynamic_array(char, client, strlen(client) + 1)
		__field(int, kind)
		__dynamic_array(char, reason, strlen(reason) + 1)
		__field(int, error)
	),

	TP_fast_assign(
		memcpy(__get_dynamic_array(provider), provider,
		       __get_dynamic_array_len(provider));
		memcpy(__get_dynamic_array(bar), bar, __get_dynamic_array_len(bar));
		memcpy(__get_dynamic_array(client), client, __get_dynamic_array_len(client));
		__entry->kind = kind;
		memcpy(__get_dynamic_array(reason), reason, __get_dynamic_array_len(reason));
		__entry->error = error;
	),

	TP_printk("%s %s: client=%s path=%s error=%d reason=%s", __get_str(provider),
		  __get_str(bar), __get_str(client), show_pfb_route_kind(__entry->kind),
		  __entry->error, __get_str(reason))
);

TRACE_EVENT(pfb_export,
	TP_PROTO(const char *provider, const char *bar, const char *owner, u64 size),

	TP_ARGS(provider, bar, owner, size),

	TP_STRUCT__entry(
		__dynamic_array(char, provider, strlen(provider) + 1)
		__dynamic_array(char, bar, strlen(bar) + 1)
		__dynamic_array(char, owner, strlen(owner) + 1)
		__field(u64, size)
	),

	TP_fast_assign(
		memcpy(__get_dynamic_array(provider), provider,
		       __get_dynamic_array_len(provider));
		memcpy(__get_dynamic_array(bar), bar, __get_dynamic_array_len(bar));
		memcpy(__get_dynamic_array(owner), owner, __get_dynamic_array_len(owner));
		__entry->size = size;
	),

	TP_printk("%s %s: owner=%s size=0x%llx", __get_str(provider), __get_str(bar),
		  __get_str(owner), __entry->size)
);

TRACE_EVENT(pfb_revoke,
	TP_PROTO(const char *provider, const char *bar, const char *reason),

	TP_ARGS(provider, bar, reason),

	TP_STRUCT__entry(
		__dynamic_array(char, provider, strlen(provider) + 1)
		__dynamic_array(char, bar, strlen(bar) + 1)
		__dynamic_array(char, reason, strlen(reason) + 1)
	),

	TP_fast_assign(
		memcpy(__get_dynamic_array(provider), provider,
		       __get_dynamic_array_len(provider));
		memcpy(__get_dynamic_array(bar), bar, __get_dynamic_array_len(bar));
		memcpy(__get_dynamic_array(reason), reason, __get_dynamic_array_len(reason));
	),

	TP_printk("%s %s: %s", __get_str(provider), __get_str(bar), __get_str(reason))
);

#endif /* PFB_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
