/* SPDX-License-Identifier: MIT */
/*
 * Layer 4: the machine. One row per GOARCH of Linux with what its ELF header must say; then whether that is the
 * machine at hand, and whether its CPU is new enough. e_flags are those that cmd/link writes.
 * May not: find out anything about the running machine (running.c).
 */
#include "check.h"

#include <string.h>

#ifndef EM_LOONGARCH
#define EM_LOONGARCH 258
#endif

struct row {
	const char *goarch;
	uint16_t machine;
	bool is64, big;
	uint32_t mask, flags; /* e_flags & mask == flags */
	uint32_t kernel;      /* go.dev/wiki/Linux; else the first with the architecture; 0: any that Go runs on */
};

static const struct row rows[] = {
	{ "386", EM_386, false, false, 0, 0, 0 },
	{ "amd64", EM_X86_64, true, false, 0, 0, 0 },
	{ "arm", EM_ARM, false, false, 0xff000000, 0x05000000, KERNEL(3, 1, 0) }, /* EABI version 5 */
	{ "arm64", EM_AARCH64, true, false, 0, 0, KERNEL(3, 7, 0) },
	{ "loong64", EM_LOONGARCH, true, false, 0x7, 0x3, KERNEL(5, 19, 0) }, /* LP64D */
	{ "mips", EM_MIPS, false, true, 0xf020, 0x1000, 0 },                  /* O32 */
	{ "mipsle", EM_MIPS, false, false, 0xf020, 0x1000, 0 },
	{ "mips64", EM_MIPS, true, true, 0xf020, 0, KERNEL(4, 8, 0) }, /* N64 */
	{ "mips64le", EM_MIPS, true, false, 0xf020, 0, KERNEL(4, 8, 0) },
	{ "ppc64", EM_PPC64, true, true, 0, 0, KERNEL(2, 6, 37) },        /* ELFv1; ELFv2 in Go 1.27 */
	{ "ppc64le", EM_PPC64, true, false, 0x3, 0x2, KERNEL(3, 13, 0) }, /* ELFv2 */
	{ "riscv64", EM_RISCV, true, false, 0x6, 0x4, KERNEL(4, 15, 0) }, /* double-float ABI */
	{ "s390x", EM_S390, true, true, 0, 0, 0 },
};

#define ROWS (sizeof(rows) / sizeof(rows[0]))

static const struct row *find_row(const struct image *image)
{
	for (size_t i = 0; i < ROWS; i++)
		if (rows[i].machine == image->machine && rows[i].is64 == image->is64 && rows[i].big == image->big)
			return &rows[i];
	return NULL;
}

bool machine_known(uint16_t machine)
{
	for (size_t i = 0; i < ROWS; i++)
		if (rows[i].machine == machine)
			return true;
	return false;
}

bool machine_has_class(uint16_t machine, bool is64)
{
	for (size_t i = 0; i < ROWS; i++)
		if (rows[i].machine == machine && rows[i].is64 == is64)
			return true;
	return false;
}

const char *machine_goarch(const struct image *image)
{
	const struct row *row = find_row(image);

	return row ? row->goarch : "";
}

uint32_t machine_kernel(const struct image *image)
{
	const struct row *row = find_row(image);

	return row ? row->kernel : 0;
}

const char *elfcheck_machine_name(uint16_t machine)
{
	static const struct {
		uint16_t machine;
		const char *name;
	} names[] = {
		{ EM_386, "i386" }, { EM_X86_64, "x86-64" }, { EM_ARM, "ARM" }, { EM_AARCH64, "AArch64" },
		{ EM_LOONGARCH, "LoongArch" }, { EM_MIPS, "MIPS" }, { EM_PPC64, "PowerPC64" },
		{ EM_RISCV, "RISC-V" }, { EM_S390, "S/390" },
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].machine == machine)
			return names[i].name;
	return "unknown";
}

void finding_class(struct check *c)
{
	struct elfcheck_finding *f = finding_add(c, ELFCHECK_CLASS_MISMATCH, "e_ident[EI_CLASS]", EI_CLASS);

	evidence_text(f, c->image.is64 ? "64-bit " : "32-bit ");
	evidence_text(f, elfcheck_machine_name(c->image.machine));
}

static void evidence_machines(struct elfcheck_finding *f, const struct check *c)
{
	evidence_text(f, elfcheck_machine_name(c->image.machine));
	evidence_text(f, ", this is ");
	evidence_text(f, elfcheck_machine_name(c->target->machine));
}

/* False when the rest of the layer makes no sense any more. */
static bool check_machine(struct check *c)
{
	const struct elfcheck_target *target = c->target;
	uint16_t machine = c->image.machine;
	struct elfcheck_finding *f;

	if (target->machine == 0 && machine_known(machine))
		return true;
	if (machine == target->machine || (target->machine == EM_X86_64 && target->compat32 && machine == EM_386))
		return true;
	if (target->machine == 0) {
		f = finding_add(c, ELFCHECK_MACHINE_UNKNOWN, "e_machine", offsetof(Elf64_Ehdr, e_machine));
		evidence_dec(f, machine);
	} else {
		f = finding_add(c, ELFCHECK_MACHINE_MISMATCH, "e_machine", offsetof(Elf64_Ehdr, e_machine));
		evidence_machines(f, c);
	}
	return false;
}

static bool check_class_and_data(struct check *c)
{
	const struct image *image = &c->image;
	const struct elfcheck_target *target = c->target;
	bool same = image->machine == target->machine;

	if (!machine_has_class(image->machine, image->is64) ||
	    (same && target->class && image->is64 != (target->class == ELFCLASS64))) {
		finding_class(c);
		return false;
	}
	if (!find_row(image) || (same && target->data && image->big != (target->data == ELFDATA2MSB))) {
		evidence_text(finding_add(c, ELFCHECK_DATA_MISMATCH, "e_ident[EI_DATA]", EI_DATA),
			      image->big ? "big-endian" : "little-endian");
		return false;
	}
	return true;
}

static void check_flags(struct check *c)
{
	const struct row *row = find_row(&c->image);
	struct elfcheck_finding *f;

	if ((c->image.flags & row->mask) == row->flags)
		return;
	f = finding_add(c, ELFCHECK_FLAGS_MISMATCH, "e_flags",
			c->image.is64 ? offsetof(Elf64_Ehdr, e_flags) : offsetof(Elf32_Ehdr, e_flags));
	evidence_hex(f, c->image.flags);
}

static void check_settings(struct check *c)
{
	struct elfcheck_text goarch = setting_find(c, "GOARCH"), goos = setting_find(c, "GOOS");

	if (goarch.ptr && !text_is(goarch, machine_goarch(&c->image)))
		evidence_item(finding_add(c, ELFCHECK_GOARCH_MISMATCH, "GOARCH", 0), goarch);
	if (goos.ptr && !text_is(goos, "linux"))
		evidence_item(finding_add(c, ELFCHECK_GOOS_NOT_LINUX, "GOOS", 0), goos);
	else if (!goos.ptr && c->rt0.ptr && !text_is(c->rt0_os, "linux"))
		evidence_item(finding_add(c, ELFCHECK_GOOS_NOT_LINUX, "pclntab", 0), c->rt0);
}

/* Is it in the list of options behind commas, from `at` on? */
static bool has_option(struct elfcheck_text list, size_t at, const char *option)
{
	while (at < list.len && list.ptr[at] == ',') {
		struct elfcheck_text rest = { list.ptr + at + 1, list.len - at - 1 };
		const char *comma = memchr(rest.ptr, ',', rest.len);

		if (comma)
			rest.len = (size_t)(comma - rest.ptr);
		if (text_is(rest, option))
			return true;
		at += 1 + rest.len;
	}
	return false;
}

/* "v3" is 3, "v8.1,lse" 81, "rva22u64" 22; see the target's cpu_level. 0 when there is no such setting. */
static unsigned level_of_setting(const struct check *c, const char **ret_key)
{
	static const struct {
		uint16_t machine;
		const char *key, *prefix;
	} keys[] = {
		{ EM_X86_64, "GOAMD64", "v" }, { EM_AARCH64, "GOARM64", "v" }, { EM_RISCV, "GORISCV64", "rva" },
	};
	unsigned major = 0, minor = 0, level;

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		struct elfcheck_text value = setting_find(c, keys[i].key);
		size_t at = text_starts(value, keys[i].prefix);

		if (keys[i].machine != c->image.machine || at == 0)
			continue;
		*ret_key = keys[i].key;
		text_number(value, &at, &major);
		if (keys[i].machine != EM_AARCH64)
			return major;
		if (at < value.len && value.ptr[at] == '.') {
			at++;
			text_number(value, &at, &minor);
		}
		/* LSE came with v8.1; ",lse" asks for it alone. */
		level = major * 10 + minor;
		if (level == 80 && has_option(value, at, "lse"))
			level = 81;
		return level;
	}
	return 0;
}

/* Without settings: the runtime carries the message that it prints on too old a CPU, if it asks for more than the least. */
static unsigned level_of_message(const struct check *c)
{
	static const struct {
		uint16_t machine;
		const char *text;
		size_t len;
		unsigned level; /* 0: the digit behind the text */
	} messages[] = {
#define MESSAGE(machine, text, level) { machine, text, sizeof(text) - 1, level }
		MESSAGE(EM_X86_64, "can only be run on AMD64 processors with v", 0),  /* runtime/asm_amd64.s */
		MESSAGE(EM_AARCH64, "can only run on ARM64 processors with LSE support", 81), /* runtime/asm_arm64.s */
	};
	struct segment load;

	if (c->report->kind != ELFCHECK_KIND_GO || !c->scannable)
		return 0;
	for (size_t i = 0; i < sizeof(messages) / sizeof(messages[0]); i++) {
		if (messages[i].machine != c->image.machine)
			continue;
		for (uint32_t ph = 0; image_next_load(&c->image, &ph, &load);) {
			uint64_t end = load.offset + load.filesz;
			uint64_t at = image_find(&c->image, load.offset, end, messages[i].text, messages[i].len);

			if (at < end && end - at > messages[i].len)
				return messages[i].level ? messages[i].level :
							   (unsigned)c->image.bytes[at + messages[i].len] - '0';
		}
	}
	return 0;
}

static void check_cpu(struct check *c)
{
	const char *key = "runtime message";
	unsigned level = level_of_setting(c, &key), has = c->target->cpu_level;
	struct elfcheck_finding *f;

	if (has == 0)
		return;
	if (level == 0)
		level = level_of_message(c);
	if (level <= has)
		return;
	f = finding_add(c, ELFCHECK_CPU_LEVEL_TOO_HIGH, key, 0);
	evidence_text(f, key);
	evidence_text(f, " asks for level ");
	evidence_dec(f, level);
	evidence_text(f, ", the CPU has ");
	evidence_dec(f, has);
}

void machine_check(struct check *c)
{
	if (check_machine(c) && check_class_and_data(c)) {
		check_flags(c);
		check_settings(c);
		check_cpu(c);
	}
	layer_done(c, 4);
}
