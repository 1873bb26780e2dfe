/* SPDX-License-Identifier: MIT */
/*
 * Writes the fuzzer's first inputs: seeds DIR. Small programs of every machine, with old and new formats of names and
 * build information; then one change each of what the checker looks at, for every class and byte order. The trailer
 * asks everything; for x86-64 there are more trailers.
 */
#include "tests/unit/elf_image.h"
#include "trailer.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifndef EM_LOONGARCH
#define EM_LOONGARCH 258
#endif
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define AT(offset) (ELF_IMAGE_BASE + (offset)) /* address of an offset */
#define TABLES (ELF_IMAGE_FREE + 0x500)        /* strings; symbols and their hash table lie in front */
#define CGO "runtime.main\n_rt0_amd64_linux\ncrosscall2\n_cgo_topofstack\n_cgo_panic\nruntime._cgo_panic_internal\n"

/* Everything is asked of the target, and there is little. */
static const struct trailer strict = {
	.flags = TRAILER_IMAGE | TRAILER_NOT_EXECUTABLE | TRAILER_NOEXEC, .target = TRAILER_OWN, .kernel = { 2, 6, 22 },
	.cpu_level = 1, .paths = 1, .features_known = { 0xff, 0xff },
};
static const struct trailer unknown = { .target = TRAILER_NOBODY };
static const struct trailer modern = {
	.profile = 1, .flags = TRAILER_IMAGE | TRAILER_COMPAT32, .target = TRAILER_MACHINE, .class_data = 0x12,
	.machine = { EM_X86_64 }, .kernel = { 6, 1, 0 }, .cpu_level = 4, .allow = TRAILER_ALLOW_MANY, .slug = 2, .paths = 255,
	.features = { 0xff, 0xff }, .features_known = { 0xff, 0xff },
};
static const struct trailer *const trailers[] = { &strict, &unknown, &modern };

static const struct machine {
	const char *goarch;
	uint16_t machine;
	bool is64, big;
	uint32_t flags; /* as Go's linker writes them */
} machines[] = {
	{ "amd64", EM_X86_64, true, false, 0 },        { "386", EM_386, false, false, 0 },
	{ "ppc64", EM_PPC64, true, true, 1 },          { "mips", EM_MIPS, false, true, 0x50001004 },
	{ "arm", EM_ARM, false, false, 0x5000002 },    { "arm64", EM_AARCH64, true, false, 0 },
	{ "loong64", EM_LOONGARCH, true, false, 0x43 }, { "mipsle", EM_MIPS, false, false, 0x50001004 },
	{ "mips64", EM_MIPS, true, true, 0x20000004 }, { "mips64le", EM_MIPS, true, false, 0x20000004 },
	{ "ppc64le", EM_PPC64, true, false, 2 },       { "riscv64", EM_RISCV, true, false, 4 },
	{ "s390x", EM_S390, true, true, 0 },
};
#define ORDERS 4 /* the first ones are of each class and byte order */

static size_t ehdr_size(const struct elf_image *i) { return i->is64 ? sizeof(Elf64_Ehdr) : sizeof(Elf32_Ehdr); }
static size_t phdr_size(const struct elf_image *i) { return i->is64 ? sizeof(Elf64_Phdr) : sizeof(Elf32_Phdr); }

static void none(struct elf_image *i) { (void)i; }
static void old(struct elf_image *i)
{
	elf_image_old_info(i, "go1.15.2", "path\told\nbuild\tCGO_ENABLED=1\n");
	elf_image_old_names(i, CGO "net._Cfunc_free\n");
}
static void names_1_16(struct elf_image *i) { elf_image_names_as(i, 0xfffffffa, CGO); }
static void names_1_18(struct elf_image *i) { elf_image_names_as(i, 0xfffffff0, CGO); }
static void names_new(struct elf_image *i) { elf_image_names_as(i, 0x12345678, "x.Q\n_rt0_amd64_linux\n"); }
static void names_carried(struct elf_image *i) { elf_image_put(i, ELF_IMAGE_POINTER, 0, 4); }
static void names_both(struct elf_image *i)
{
	elf_image_own_names(i);
	elf_image_names(i, CGO "carried._Cfunc_free\n");
}
static void names_cgo(struct elf_image *i)
{
	elf_image_names(i, CGO "net._C2func_getaddrinfo\nos/user._Cfunc_free\nnet._Cmacro_x\nnet._cgo_cmalloc\n");
}
static void names_needs(struct elf_image *i)
{
	elf_image_names(i, "runtime.main\n_rt0_amd64_linux\nruntime.futex\nnet.dnsReadConfig\nnet.socket\nnet.unixSocket\n"
			   "net.internetSocket\nsyscall.InotifyInit1\nruntime/internal/syscall.Eventfd\n"
			   "crypto/x509.loadSystemRoots\ntime.LoadLocation\nos/user.lookupUser\nos.Executable\n"
			   "io/ioutil.TempDir\nos/exec.Command\nplugin.open\n");
}
static void names_inside(struct elf_image *i)
{
	elf_image_names(i, "runtime.main\n_rt0_amd64_netbsd\ncrypto/x509.loadSystemRoots\ntime.LoadLocation\n"
			   "golang.org/x/crypto/x509roots/fallback.init.0\ntime/tzdata.init.0\n");
}
static void names_of_c_linker(struct elf_image *i) { elf_image_names(i, "runtime.main\nmain\n_rt0_amd64_linux_lib\n"); }
static void names_packages(struct elf_image *i)
{
	char names[1400];
	int n = 0;

	for (int k = 0; k < 70; k++)
		n += snprintf(names + n, sizeof(names) - (size_t)n, "p%d._Cfunc_x\n", k);
	elf_image_names(i, names);
}
/* As the linker writes import paths with dots and odd characters. */
static void names_escaped(struct elf_image *i) { elf_image_names(i, CGO "a.b/x%2ey%zz%e._Cfunc_free\nq%._Cfunc_x\n"); }
/* All functions have the same name, which is longer than the file when each is counted. */
static void names_absurd(struct elf_image *i)
{
	size_t word = i->is64 ? 8 : 4, record, functions = 16;

	elf_image_old_names(i, "a\nb\nc\nd\ne\nf\ng\nh\ni\nj\nk\nl\nm\nn\no\np\n");
	record = 8 + word + (2 * functions + 1) * word + word;
	for (size_t f = 0; f < functions; f++)
		elf_image_put(i, ELF_IMAGE_NAMES + record + f * (word + 8) + word, ELF_IMAGE_INFO - ELF_IMAGE_NAMES, 4);
	elf_phdr(i, PH_TEXT, p_filesz, ELF_IMAGE_SIZE);
	elf_phdr(i, PH_TEXT, p_memsz, ELF_IMAGE_SIZE);
	memset(i->bytes + ELF_IMAGE_INFO, 'a', ELF_IMAGE_SIZE - ELF_IMAGE_INFO);
}
static void no_names(struct elf_image *i)
{
	elf_image_names(i, NULL);
	elf_image_segment(i, PH_SPARE, PT_TLS, PF_R, 0x1000, 8);
	elf_image_interp(i, "/lib/ld.so.1");
}
static void no_info(struct elf_image *i) { elf_image_info(i, NULL, ""); }
static void not_go(struct elf_image *i)
{
	elf_image_names(i, NULL);
	no_info(i);
}
static void info_bad(struct elf_image *i) { memset(i->bytes + ELF_IMAGE_INFO + 32, 0xff, 16); }
static void info_frameless(struct elf_image *i)
{
	elf_image_info(i, "devel go1.24-20250101", "");
	i->bytes[ELF_IMAGE_INFO + 32 + 22] = 3;
}
static void info_settings(struct elf_image *i)
{
	elf_image_info(i, "go1.24.1 X:nodwarf5",
		       "path\texample.com/x\nmod\texample.com/x\tv1\t\nbuild\tCGO_ENABLED=1\nbuild\t\"-ldflags\"=`-s -w`\n"
		       "build\tGOAMD64=v3\nbuild\tGOARM64=v8.1,lse,crypto\nbuild\tGORISCV64=rva23u64\nbuild\tGOOS=plan9\n"
		       "build\tGOARCH=sparc\nbuild\tnone\nmore\n");
}
static void info_arm64(struct elf_image *i)
{
	elf_image_info(i, "go1.23.1", "build\tGOARM64=v8.0,crypto,lse\nbuild\tGOARCH=arm64\nbuild\tGOOS=linux\n");
	elf_ehdr(i, e_machine, EM_AARCH64);
}
static void info_riscv(struct elf_image *i)
{
	elf_image_info(i, "go1.23.1", "build\tGORISCV64=rva22u64\nbuild\t-tags=%61%2c%zz\n");
	elf_ehdr(i, e_machine, EM_RISCV);
}
static void info_many(struct elf_image *i)
{
	char settings[1200];
	int n = 0;

	for (int k = 0; k < 70; k++)
		n += snprintf(settings + n, sizeof(settings) - (size_t)n, "build\tk%d=%d\n", k, k);
	elf_image_info(i, "go1.22.3", settings);
}
static void info_old_empty(struct elf_image *i)
{
	elf_image_old_info(i, "", "");
	elf_image_put(i, ELF_IMAGE_INFO + 0x40 + (i->is64 ? 24 : 12), 0, i->is64 ? 8 : 4); /* no module information */
}
static void cpu_messages(struct elf_image *i)
{
	no_info(i);
	elf_image_text(i, ELF_IMAGE_FREE, "This program can only be run on AMD64 processors with v3 support.");
	elf_image_text(i, ELF_IMAGE_FREE + 0x80, "This program can only run on ARM64 processors with LSE support.");
}
static void version_in_data(struct elf_image *i)
{
	size_t word = i->is64 ? 8 : 4;

	no_info(i);
	elf_image_text(i, ELF_IMAGE_FREE, "go1.26.5devel go1.27-abc");
	elf_image_put(i, ELF_IMAGE_FREE + 0x40, AT(ELF_IMAGE_FREE), word);
	elf_image_put(i, ELF_IMAGE_FREE + 0x40 + word, 8, word);
	elf_image_put(i, ELF_IMAGE_FREE + 0x60, AT(ELF_IMAGE_FREE + 8), word);
	elf_image_put(i, ELF_IMAGE_FREE + 0x60 + word, 16, word);
}
/* Where n relocations {place, kind, address} go. */
static size_t relocations(struct elf_image *i, size_t n)
{
	elf_ehdr(i, e_type, ET_DYN);
	elf_image_dynamic(i, DT_RELA, AT(ELF_IMAGE_FREE + 0x380));
	elf_image_dynamic(i, DT_RELASZ, n * (i->is64 ? sizeof(Elf64_Rela) : sizeof(Elf32_Rela)));
	return ELF_IMAGE_FREE + 0x380;
}
static void version_in_relocation(struct elf_image *i)
{
	size_t word = i->is64 ? 8 : 4, rela = relocations(i, 2);

	no_info(i);
	elf_image_text(i, TABLES, "go1.23.4");
	elf_image_put(i, rela, AT(TABLES + 0x20), word);
	elf_image_put(i, rela + word, 8, word);
	elf_image_put(i, rela + 2 * word, AT(TABLES), word);
	elf_image_put(i, TABLES + 0x20 + word, 8, word);
}
/* The pointers of the old build information go from the file into relocations. */
static void info_relocated(struct elf_image *i)
{
	size_t word = i->is64 ? 8 : 4, rela = relocations(i, 4), header = ELF_IMAGE_INFO + 0x40;
	size_t places[] = { ELF_IMAGE_INFO + 16, ELF_IMAGE_INFO + 16 + word, header, header + 2 * word };
	size_t targets[] = { header, header + 2 * word, header + 0x40, header + 0x80 };

	elf_image_old_info(i, "go1.15.2", "path\told\n");
	for (size_t k = 0; k < COUNT(places); k++) {
		elf_image_put(i, places[k], 0, word);
		elf_image_put(i, rela + 3 * k * word, AT(places[k]), word);
		elf_image_put(i, rela + 3 * k * word + 2 * word, AT(targets[k]), word);
	}
}
static void strings(struct elf_image *i)
{
	elf_image_text(i, TABLES + 1, "libc.so.6");
	elf_image_text(i, TABLES + 11, "/opt/lib");
	elf_image_dynamic(i, DT_STRTAB, AT(TABLES));
	elf_image_dynamic(i, DT_STRSZ, 20);
}
static void needed(struct elf_image *i)
{
	strings(i);
	elf_image_dynamic(i, DT_NEEDED, 1);
	elf_image_dynamic(i, DT_NEEDED, 0x7000);
	elf_image_interp(i, "/lib64/ld-linux-x86-64.so.2");
}
static void hardening(struct elf_image *i)
{
	strings(i);
	elf_image_dynamic(i, DT_RPATH, 11);
	elf_image_dynamic(i, DT_RUNPATH, 11);
	elf_image_dynamic(i, DT_SYMBOLIC, 0);
	elf_image_dynamic(i, DT_TEXTREL, 0);
	elf_image_dynamic(i, DT_JMPREL, AT(TABLES));
	elf_image_dynamic(i, DT_FLAGS, DF_SYMBOLIC | DF_TEXTREL);
	elf_image_segment(i, PH_SPARE3, PT_GNU_RELRO, PF_R, 0x1000, 0x1000);
}
static void bind_now(struct elf_image *i)
{
	elf_image_dynamic(i, DT_JMPREL, 0x10);
	elf_image_dynamic(i, DT_BIND_NOW, 0);
	elf_image_dynamic(i, DT_FLAGS, DF_BIND_NOW);
	elf_image_dynamic(i, DT_FLAGS_1, DF_1_NOW);
}
static void pie(struct elf_image *i)
{
	elf_ehdr(i, e_type, ET_DYN);
	elf_image_dynamic(i, DT_FLAGS_1, 0x08000000);
}
static void pie_bare(struct elf_image *i) { elf_ehdr(i, e_type, ET_DYN); }
static void library(struct elf_image *i)
{
	elf_ehdr(i, e_type, ET_DYN);
	elf_image_dynamic(i, DT_SONAME, 1);
}
static void symbols(struct elf_image *i) { elf_image_symbols(i, "malloc\npthread_create\nfree\n", STB_GLOBAL); }
static void symbols_weak(struct elf_image *i) { elf_image_symbols(i, "__gmon_start__\n", STB_WEAK); }
static void symbols_many(struct elf_image *i)
{
	elf_image_symbols(i, "pthread_attr_getstacksize\npthread_sigmask_of_some_length\ngetaddrinfo_with_a_long_name\n"
			     "another_name_that_fills_the_line\nand_more\n", STB_GLOBAL);
}
/* DT_HASH is the fourth entry. */
static size_t hash_entry(const struct elf_image *i) { return ELF_IMAGE_FREE + 3 * (i->is64 ? 16u : 8u); }
static void symbols_unhashed(struct elf_image *i)
{
	symbols(i);
	elf_image_put(i, hash_entry(i), DT_DEBUG, i->is64 ? 8 : 4);
}
static void symbols_gnu(struct elf_image *i)
{
	size_t hash = ELF_IMAGE_FREE + 0x400, chains = hash + 16 + (i->is64 ? 8 : 4) + 4;

	symbols(i);
	elf_image_put(i, hash_entry(i), DT_GNU_HASH, i->is64 ? 8 : 4);
	elf_image_put(i, hash, 1, 4);
	elf_image_put(i, hash + 4, 2, 4);
	elf_image_put(i, hash + 8, 1, 4);
	elf_image_put(i, chains - 4, 2, 4); /* the bucket */
	elf_image_put(i, chains, 2, 4);
	elf_image_put(i, chains + 4, 5, 4);
}
static void symbols_gnu_empty(struct elf_image *i)
{
	symbols_gnu(i);
	elf_image_put(i, ELF_IMAGE_FREE + 0x404, 5, 4);
}
static void symbols_gnu_wide(struct elf_image *i)
{
	symbols_gnu(i);
	elf_image_put(i, ELF_IMAGE_FREE + 0x400, 0x10000, 4);
}
static void symbols_far(struct elf_image *i)
{
	symbols(i);
	elf_image_put(i, ELF_IMAGE_FREE + (i->is64 ? 8 : 4), 0x10, 4);
}
static void symbols_nameless(struct elf_image *i)
{
	symbols(i);
	elf_image_put(i, ELF_IMAGE_FREE + 0x200 + (i->is64 ? 24 : 16), 0x100000, 4);
	elf_image_put(i, ELF_IMAGE_FREE + 3 * (i->is64 ? 8u : 4u), 0x10, 4); /* nor a string table */
}
static void dynamic_far(struct elf_image *i)
{
	elf_image_dynamic(i, DT_DEBUG, 0);
	elf_phdr(i, PH_SPARE, p_vaddr, 0x10);
}
static void dynamic_elsewhere(struct elf_image *i)
{
	needed(i);
	elf_phdr(i, PH_SPARE, p_offset, ELF_IMAGE_FREE + 0x400);
}
static void dynamic_endless(struct elf_image *i)
{
	elf_image_dynamic(i, DT_DEBUG, 0);
	for (size_t at = ELF_IMAGE_FREE; at < ELF_IMAGE_SIZE; at += i->is64 ? 8 : 4)
		elf_image_put(i, at, DT_DEBUG, i->is64 ? 8 : 4);
}
static void interp_short(struct elf_image *i)
{
	elf_image_interp(i, "/lib/ld.so.1");
	elf_phdr(i, PH_SPARE2, p_filesz, 4);
}
static void doubles(struct elf_image *i)
{
	needed(i);
	elf_image_segment(i, PH_SPARE3, PT_INTERP, PF_R, ELF_IMAGE_FREE + 0x700, 4);
	elf_image_segment(i, PH_SPARE4, PT_DYNAMIC, PF_R, ELF_IMAGE_FREE, 0x80);
	elf_image_segment(i, PH_SPARE5, PT_GNU_STACK, PF_R | PF_W | PF_X, 0, 0);
}
static void no_stack(struct elf_image *i) { elf_phdr(i, PH_STACK, p_type, PT_NULL); }
static void no_load(struct elf_image *i)
{
	elf_phdr(i, PH_TEXT, p_type, PT_NULL);
	elf_phdr(i, PH_DATA, p_type, PT_NULL);
}
static void segments_bad(struct elf_image *i)
{
	elf_phdr(i, PH_TEXT, p_flags, PF_R | PF_W | PF_X);
	elf_ehdr(i, e_entry, 0);
	elf_phdr(i, PH_DATA, p_vaddr, ELF_IMAGE_BASE + 0x10);
	elf_phdr(i, PH_DATA, p_memsz, 0x10);
}
static void segments_huge(struct elf_image *i)
{
	elf_phdr(i, PH_TEXT, p_filesz, UINT64_MAX);
	elf_phdr(i, PH_DATA, p_filesz, UINT64_MAX - 15);
	elf_phdr(i, PH_DATA, p_memsz, UINT64_MAX);
}
static void segments_alias(struct elf_image *i)
{
	for (size_t ph = PH_SPARE; ph < PH_COUNT; ph++)
		elf_image_segment(i, ph, PT_LOAD, PF_R, 0, ELF_IMAGE_SIZE);
}
/* More segments and more findings than there is room for. */
static void segments_many(struct elf_image *i)
{
	size_t n = (ELF_IMAGE_CODE - ehdr_size(i)) / phdr_size(i);

	no_info(i);
	elf_ehdr(i, e_phnum, n);
	for (size_t ph = PH_SPARE; ph < n; ph++) {
		elf_image_segment(i, ph, PT_LOAD, PF_R, ELF_IMAGE_CODE, 0x10);
		if (ph % 2)
			elf_phdr(i, ph, p_memsz, 0);
	}
}
/* Nothing maps the ELF header: what a section header field says could only be read as that. */
static void header_unmapped(struct elf_image *i)
{
	elf_image_segment(i, PH_TEXT, PT_LOAD, PF_R | PF_X, ELF_IMAGE_CODE, 0x800);
	needed(i);
}
static void upx(struct elf_image *i)
{
	memcpy(i->bytes + ehdr_size(i) + PH_COUNT * phdr_size(i) + 4, "UPX!", 4);
}
static void empty(struct elf_image *i) { i->size = 0; }
static void script(struct elf_image *i)
{
	i->size = 10;
	memcpy(i->bytes, "#!/bin/sh\n", 10);
}
static void half_header(struct elf_image *i) { i->size = 40; }
static void cut(struct elf_image *i) { i->size -= 1; }
static void class_3(struct elf_image *i) { i->bytes[EI_CLASS] = 3; }
static void order_wrong(struct elf_image *i) { i->bytes[EI_DATA] ^= ELFDATA2LSB ^ ELFDATA2MSB; }
static void relocatable(struct elf_image *i) { elf_ehdr(i, e_type, ET_REL); }
static void core(struct elf_image *i) { elf_ehdr(i, e_type, ET_CORE); }
static void phentsize_1(struct elf_image *i) { elf_ehdr(i, e_phentsize, 1); }
static void phnum_all(struct elf_image *i) { elf_ehdr(i, e_phnum, PN_XNUM); }
static void phoff_far(struct elf_image *i) { elf_ehdr(i, e_phoff, UINT64_MAX - 8); }
static void machine_sparc(struct elf_image *i) { elf_ehdr(i, e_machine, EM_SPARCV9); }
static void flags_wrong(struct elf_image *i) { elf_ehdr(i, e_flags, 0x12345678); }

#define CHANGE(fn) { #fn, fn }
static const struct {
	const char *name;
	void (*make)(struct elf_image *image);
} changes[] = {
	CHANGE(none), CHANGE(old), CHANGE(names_1_16), CHANGE(names_1_18), CHANGE(names_new), CHANGE(names_carried),
	CHANGE(names_both), CHANGE(names_cgo), CHANGE(names_needs), CHANGE(names_inside), CHANGE(names_of_c_linker),
	CHANGE(names_packages), CHANGE(names_escaped), CHANGE(names_absurd), CHANGE(no_names), CHANGE(no_info),
	CHANGE(not_go), CHANGE(info_bad), CHANGE(info_frameless), CHANGE(info_settings), CHANGE(info_arm64),
	CHANGE(info_riscv), CHANGE(info_many), CHANGE(info_old_empty), CHANGE(cpu_messages), CHANGE(version_in_data),
	CHANGE(version_in_relocation), CHANGE(info_relocated), CHANGE(needed), CHANGE(hardening), CHANGE(bind_now),
	CHANGE(pie), CHANGE(pie_bare), CHANGE(library), CHANGE(symbols), CHANGE(symbols_weak), CHANGE(symbols_many),
	CHANGE(symbols_unhashed), CHANGE(symbols_gnu), CHANGE(symbols_gnu_empty), CHANGE(symbols_gnu_wide),
	CHANGE(symbols_far), CHANGE(symbols_nameless), CHANGE(dynamic_far), CHANGE(dynamic_elsewhere),
	CHANGE(dynamic_endless), CHANGE(interp_short), CHANGE(doubles), CHANGE(no_stack), CHANGE(no_load),
	CHANGE(segments_bad), CHANGE(segments_huge), CHANGE(segments_alias), CHANGE(segments_many),
	CHANGE(header_unmapped), CHANGE(upx), CHANGE(empty), CHANGE(script), CHANGE(half_header), CHANGE(cut),
	CHANGE(class_3), CHANGE(order_wrong), CHANGE(relocatable), CHANGE(core), CHANGE(phentsize_1),
	CHANGE(phnum_all), CHANGE(phoff_far), CHANGE(machine_sparc), CHANGE(flags_wrong),
};

static void write_seed(const char *dir, const char *machine, const char *change, size_t t,
		       const struct elf_image *image)
{
	char path[4096];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s-%s-%zu", dir, machine, change, t);
	file = fopen(path, "wb");
	if (!file || fwrite(image->bytes, 1, image->size, file) != image->size ||
	    fwrite(trailers[t], sizeof(struct trailer), 1, file) != 1 || fclose(file) != 0) {
		fprintf(stderr, "seeds: write '%s': failed, no seeds\n", path);
		exit(1);
	}
}

int main(int argc, char **argv)
{
	char settings[64];

	if (argc != 2) {
		fprintf(stderr, "usage: seeds DIR\n");
		return 2;
	}
	for (size_t m = 0; m < COUNT(machines); m++) {
		for (size_t n = 0; n < (m < ORDERS ? COUNT(changes) : 2); n++) {
			for (size_t t = 0; t < (m == 0 ? COUNT(trailers) : 1); t++) {
				struct elf_image image = elf_image_new(machines[m].machine, machines[m].is64, machines[m].big,
								       machines[m].flags);

				snprintf(settings, sizeof(settings), "build\tGOARCH=%s\nbuild\tCGO_ENABLED=0\n", machines[m].goarch);
				elf_image_info(&image, "go1.22.3", settings);
				changes[n].make(&image);
				write_seed(argv[1], machines[m].goarch, changes[n].name, t, &image);
				elf_image_free(&image);
			}
		}
	}
	return 0;
}
