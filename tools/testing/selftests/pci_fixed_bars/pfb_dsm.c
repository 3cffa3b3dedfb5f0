// SPDX-License-Identifier: GPL-2.0
/*
 * pfb_dsm - an ACPI table with a _DSM for q35's host bridge that answers anything
 *
 *	pfb_dsm SEED FILE
 *
 * Writes an SSDT whose function 0 and 5 return an object that was made up, and prints
 * what must come of it: the status of the source, the word for preservation, and what
 * was made. Every eighth has one byte of an answer changed: what must come of that is
 * "any any". The PCI Firmware Specification (3.3, 4.6) says what is right: a bitmap with
 * bits 0 and 5, and an Integer, of which 0 asks to keep the boot configuration.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEADER_SIZE	36
#define TABLE_MAX	1024

/* ACPI Specification 6.5, 20.3: the encoding of AML. */
#define AML_ZERO	0x00
#define AML_ONE		0x01
#define AML_BYTE	0x0a
#define AML_WORD	0x0b
#define AML_DWORD	0x0c
#define AML_STRING	0x0d
#define AML_QWORD	0x0e
#define AML_SCOPE	0x10
#define AML_BUFFER	0x11
#define AML_PACKAGE	0x12
#define AML_METHOD	0x14
#define AML_ARG0	0x68
#define AML_ARG2	0x6a
#define AML_ARG3	0x6b
#define AML_LEQUAL	0x93
#define AML_IF		0xa0
#define AML_RETURN	0xa4
#define AML_ONES	0xff

struct aml {
	size_t size;
	uint8_t data[TABLE_MAX];
};

/* What an answer is for who reads it. */
enum kind { INTEGER, BUFFER, OTHER };

struct answer {
	enum kind kind;
	const char *name;
	uint64_t value;
	struct aml aml;
};

static uint64_t random_state;

static uint32_t below(uint32_t n)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (uint32_t)(random_state >> 16) % n;
}

static void put(struct aml *aml, const void *data, size_t size)
{
	if (aml->size + size > TABLE_MAX)
		abort();
	memcpy(aml->data + aml->size, data, size);
	aml->size += size;
}

static void put_byte(struct aml *aml, uint8_t byte)
{
	put(aml, &byte, 1);
}

/* Its own length counts, too. */
static void put_length(struct aml *aml, size_t size)
{
	if (size + 1 < 0x40) {
		put_byte(aml, (uint8_t)(size + 1));
	} else {
		put_byte(aml, (uint8_t)(0x40 | ((size + 2) & 0xf)));
		put_byte(aml, (uint8_t)((size + 2) >> 4));
	}
}

static void put_block(struct aml *aml, uint8_t op, const struct aml *body)
{
	put_byte(aml, op);
	put_length(aml, body->size);
	put(aml, body->data, body->size);
}

/* The upper half is lost where the DSDT is of revision 1; the lower one decides. */
static void make_integer(struct answer *answer)
{
	static const struct {
		uint8_t op, size;
	} widths[] = { { AML_BYTE, 1 }, { AML_WORD, 2 }, { AML_DWORD, 4 }, { AML_QWORD, 8 } };
	uint32_t i = below(7), low;

	answer->kind = INTEGER;
	answer->name = "Integer";
	switch (i) {
	case 4:
		put_byte(&answer->aml, AML_ZERO);
		return;
	case 5:
		put_byte(&answer->aml, AML_ONE);
		answer->value = 1;
		return;
	case 6:
		put_byte(&answer->aml, AML_ONES);
		answer->value = UINT32_MAX;
		return;
	}
	low = below(2) ? below(0x100) : below(3) ? 0 : 0x21;
	answer->value = low;
	put_byte(&answer->aml, widths[i].op);
	put(&answer->aml, &answer->value, widths[i].size);
}

static void make_buffer(struct answer *answer)
{
	uint8_t content[16] = { 0 };
	uint32_t size = below(sizeof(content) + 1), i;
	struct aml body = { 0 };

	content[0] = below(4) ? 0x21 : (uint8_t)below(0x100);
	for (i = 1; i < size; i++)
		content[i] = (uint8_t)below(0x100);
	for (i = 0; i < size && i < 8; i++)
		answer->value |= (uint64_t)content[i] << (8 * i);
	put_byte(&body, AML_BYTE);
	put_byte(&body, (uint8_t)size);
	put(&body, content, size);
	put_block(&answer->aml, AML_BUFFER, &body);
	answer->kind = BUFFER;
	answer->name = "Buffer";
}

static void make_string(struct answer *answer)
{
	uint32_t size = below(64);

	put_byte(&answer->aml, AML_STRING);
	while (size--)
		put_byte(&answer->aml, (uint8_t)(1 + below(0x7f)));
	put_byte(&answer->aml, 0);
	answer->kind = OTHER;
	answer->name = "String";
}

/* Of Integers, and packages in it. */
static void make_package(struct aml *aml, uint32_t depth)
{
	uint32_t n = below(5), i;
	struct aml body = { 0 };

	put_byte(&body, (uint8_t)n);
	for (i = 0; i < n; i++) {
		if (depth && below(2)) {
			make_package(&body, depth - 1);
		} else {
			put_byte(&body, AML_BYTE);
			put_byte(&body, (uint8_t)below(0x100));
		}
	}
	put_block(aml, AML_PACKAGE, &body);
}

/* An argument of the caller: its UUID, the number of the function, or a package. */
static void make_argument(struct answer *answer, uint32_t function)
{
	switch (below(3)) {
	case 0:
		put_byte(&answer->aml, AML_ARG2);
		answer->kind = INTEGER;
		answer->value = function;
		answer->name = "Arg2";
		break;
	case 1:
		put_byte(&answer->aml, AML_ARG3);
		answer->kind = OTHER;
		answer->name = "Arg3";
		break;
	default:
		/* The UUID begins with d0 37 c9 e5 53 35 7a 4d. */
		put_byte(&answer->aml, AML_ARG0);
		answer->kind = BUFFER;
		answer->value = 0x4d7a3553e5c937d0ULL;
		answer->name = "Arg0";
	}
}

static void make(struct answer *answer, uint32_t function)
{
	switch (below(10)) {
	case 0:
		make_string(answer);
		break;
	case 1:
		make_package(&answer->aml, 3);
		answer->kind = OTHER;
		answer->name = "Package";
		break;
	case 2:
		make_argument(answer, function);
		break;
	case 3:
	case 4:
		if (function)
			make_buffer(answer);
		else
			make_integer(answer);
		break;
	default:
		/* What is right, more often than not. */
		if (function)
			make_integer(answer);
		else
			make_buffer(answer);
	}
}

static void put_answer(struct aml *method, uint32_t function, const struct answer *answer)
{
	struct aml body = { 0 };

	put_byte(&body, AML_LEQUAL);
	put_byte(&body, AML_ARG2);
	put_byte(&body, AML_BYTE);
	put_byte(&body, (uint8_t)function);
	put_byte(&body, AML_RETURN);
	put(&body, answer->aml.data, answer->aml.size);
	put_block(method, AML_IF, &body);
}

static void make_table(struct aml *table, const struct answer *zero, const struct answer *five)
{
	struct aml method = { 0 }, scope = { 0 }, none = { 0 };
	uint8_t sum = 0;
	uint32_t size;
	size_t i;

	put(&method, "_DSM\x0c", 5);
	put_answer(&method, 0, zero);
	put_answer(&method, 5, five);
	put_byte(&method, AML_RETURN);
	put(&none, "\x0a\x01\x00", 3);
	put_block(&method, AML_BUFFER, &none);
	put(&scope, "\\\x2e_SB_PCI0", 10);
	put_block(&scope, AML_METHOD, &method);

	put(table, "SSDT\0\0\0\0\2\0PFB   PFBDSM  \1\0\0\0PFB \1\0\0\0", HEADER_SIZE);
	put_block(table, AML_SCOPE, &scope);
	size = (uint32_t)table->size;
	memcpy(table->data + 4, &size, sizeof(size));
	for (i = 0; i < table->size; i++)
		sum += table->data[i];
	table->data[9] = (uint8_t)-sum;
}

static void expect(bool spoiled, const struct answer *zero, const struct answer *five)
{
	bool offered = zero->kind != OTHER && (zero->value & 0x21) == 0x21;

	if (spoiled)
		printf("any any");
	else if (!offered || five->kind != INTEGER)
		printf("unsupported not-asked");
	else
		printf("ok %s", five->value ? "not-asked" : "ignored");
	printf(" %s 0x%llx, %s 0x%llx\n", zero->name, (unsigned long long)zero->value, five->name,
	       (unsigned long long)five->value);
}

int main(int argc, char **argv)
{
	struct answer zero = { 0 }, five = { 0 }, *spoil;
	struct aml table = { 0 };
	bool spoiled;
	FILE *file;
	int i;

	if (argc != 3) {
		fprintf(stderr, "usage: pfb_dsm SEED FILE\n");
		return 2;
	}
	random_state = strtoull(argv[1], NULL, 0) * 2 + 1;
	/* Neighbouring seeds begin alike. */
	for (i = 0; i < 16; i++)
		below(2);
	make(&zero, 0);
	make(&five, 5);
	spoiled = !below(8);
	if (spoiled) {
		spoil = below(2) ? &zero : &five;
		spoil->aml.data[below((uint32_t)spoil->aml.size)] ^= (uint8_t)(1U << below(8));
	}
	make_table(&table, &zero, &five);
	expect(spoiled, &zero, &five);
	file = fopen(argv[2], "wb");
	if (!file || fwrite(table.data, table.size, 1, file) != 1 || fclose(file)) {
		perror(argv[2]);
		return 3;
	}
	return 0;
}
