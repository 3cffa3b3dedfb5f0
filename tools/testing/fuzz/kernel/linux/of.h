/* SPDX-License-Identifier: GPL-2.0 */
/* What source_of.c asks of the kernel, answered from the device tree that a target made up. */
#ifndef FUZZ_LINUX_OF_H
#define FUZZ_LINUX_OF_H

#include <stdbool.h>
#include <stdint.h>

#include <libfdt.h>

typedef uint16_t u16;
typedef uint8_t u8;

#define FUZZ_NODES_MAX	64

/**
 * struct device_node - a node of the tree
 * @offset: of libfdt
 */
struct device_node {
	int offset;
};

extern const void *fuzz_tree;
extern struct device_node fuzz_nodes[FUZZ_NODES_MAX];

/* Each offset has one node, so that it need not be given back. */
static inline struct device_node *fuzz_node(int offset)
{
	unsigned int i;

	for (i = 0; i < FUZZ_NODES_MAX; i++) {
		if (fuzz_nodes[i].offset < 0)
			fuzz_nodes[i].offset = offset;
		if (fuzz_nodes[i].offset == offset)
			return &fuzz_nodes[i];
	}
	return NULL;
}

static inline struct device_node *of_find_node_by_path(const char *path)
{
	int offset = fdt_path_offset(fuzz_tree, path);

	return offset < 0 ? NULL : fuzz_node(offset);
}

static inline void of_node_put(struct device_node *node)
{
	(void)node;
}

static inline const void *of_get_property(const struct device_node *node, const char *name, int *len)
{
	return fdt_getprop(fuzz_tree, node->offset, name, len);
}

static inline uint32_t be32_to_cpup(const uint32_t *value)
{
	return fdt32_to_cpu(*value);
}

#define __be32 uint32_t

#endif /* FUZZ_LINUX_OF_H */
