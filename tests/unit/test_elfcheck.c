/* SPDX-License-Identifier: MIT */
/*
 * The checker against images made for it: one row per slug and more, each damaging a passing program in one
 * place; every GOARCH; both formats of names and of build information; every truncation; and bytes made to
 * cost time. What real toolchains write is tested in tests/elf.
 * links: elfcheck/[a-z]*.c tests/unit/elf_image.c
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "elf_image.h"
#include "elfcheck/elfcheck.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#ifndef EM_LOONGARCH
#define EM_LOONGARCH 258
#endif
#define CGO_NAMES                                                              \
	"runtime.main\n_rt0_amd64_linux\ncrosscall2\n_cgo_topofstack\n_cgo_panic\n" \
	"runtime._cgo_panic_internal\n"
#define KERNEL(a, b, c) ((a) << 16 | (b) << 8 | (c))

static const struct elfcheck_target nothing_known;
static unsigned char produced[ELFCHECK_SLUGS];

static const struct elfcheck_finding *find(const struct elfcheck_report *report, enum elfcheck_slug slug)
{
	for (size_t i = 0; i < report->n_findings; i++)
		if (report->findings[i].slug == slug)
			return &report->findings[i];
	return NULL;
}

static bool check(const struct elf_image *image, struct elfcheck_report *report)
{
	return elfcheck(image->bytes, image->size, &nothing_known, ELFCHECK_GO_STATIC, NULL, report);
}

/* One change of the passing image each; see rows[]. */
static void none(struct elf_image *i) { (void)i; }
static void empty(struct elf_image *i) { i->size = 0; }
static void script(struct elf_image *i) { memcpy(i->bytes, "#!/bin/sh\n", 10); }
static void half_header(struct elf_image *i) { i->size = 40; }
static void cut_segment(struct elf_image *i) { i->size -= 1; }
static void huge_segment(struct elf_image *i)
{
	elf_phdr(i, PH_DATA, p_filesz, (uint64_t)1 << 62);
	elf_phdr(i, PH_DATA, p_memsz, (uint64_t)1 << 62);
}
static void wrap_segment(struct elf_image *i) { elf_phdr(i, PH_DATA, p_memsz, UINT64_MAX); }
static void beyond_user_space(struct elf_image *i)
{
	elf_phdr(i, PH_DATA, p_vaddr, ((uint64_t)1 << 47) + 0x1000);
}
static void class_3(struct elf_image *i) { i->bytes[EI_CLASS] = 3; }
static void data_0(struct elf_image *i) { i->bytes[EI_DATA] = 0; }
static void relocatable(struct elf_image *i) { elf_ehdr(i, e_type, ET_REL); }
static void core(struct elf_image *i) { elf_ehdr(i, e_type, ET_CORE); }
static void phentsize_32(struct elf_image *i) { elf_ehdr(i, e_phentsize, 32); }
static void phnum_0(struct elf_image *i) { elf_ehdr(i, e_phnum, 0); }
static void phnum_xnum(struct elf_image *i) { elf_ehdr(i, e_phnum, PN_XNUM); }
static void phnum_1171(struct elf_image *i) { elf_ehdr(i, e_phnum, 1171); }
static void phoff_end(struct elf_image *i) { elf_ehdr(i, e_phoff, ELF_IMAGE_SIZE - 8); }
static void phoff_wrap(struct elf_image *i) { elf_ehdr(i, e_phoff, UINT64_MAX - 8); }
static void no_load(struct elf_image *i)
{
	elf_phdr(i, PH_TEXT, p_type, PT_NULL);
	elf_phdr(i, PH_DATA, p_type, PT_NULL);
}
static void filesz_over(struct elf_image *i) { elf_phdr(i, PH_DATA, p_memsz, 0x10); }
static void misaligned(struct elf_image *i) { elf_phdr(i, PH_DATA, p_vaddr, ELF_IMAGE_BASE + 0x1010); }
static void descending(struct elf_image *i) { elf_phdr(i, PH_DATA, p_vaddr, ELF_IMAGE_BASE - 0x10000); }
static void alias(struct elf_image *i)
{
	for (size_t ph = PH_SPARE; ph < PH_COUNT; ph++)
		elf_image_segment(i, ph, PT_LOAD, PF_R, 0, ELF_IMAGE_SIZE);
}
static void entry_in_data(struct elf_image *i) { elf_ehdr(i, e_entry, ELF_IMAGE_BASE + 0x1000); }
static void entry_0(struct elf_image *i) { elf_ehdr(i, e_entry, 0); }
static void two_stacks(struct elf_image *i) { elf_image_segment(i, PH_SPARE, PT_GNU_STACK, PF_R | PF_W, 0, 0); }
static void interp(struct elf_image *i) { elf_image_interp(i, "/lib64/ld-linux-x86-64.so.2"); }
static void interp_1(struct elf_image *i)
{
	interp(i);
	elf_phdr(i, PH_SPARE2, p_filesz, 1);
}
static void interp_no_nul(struct elf_image *i)
{
	interp(i);
	elf_phdr(i, PH_SPARE2, p_filesz, 4);
}
static void interp_far(struct elf_image *i)
{
	interp(i);
	elf_phdr(i, PH_SPARE2, p_offset, UINT64_MAX - 2);
}
static void strings(struct elf_image *i)
{
	elf_image_text(i, ELF_IMAGE_FREE + 0x500, "");
	elf_image_text(i, ELF_IMAGE_FREE + 0x501, "libc.so.6");
	elf_image_dynamic(i, DT_STRTAB, ELF_IMAGE_BASE + ELF_IMAGE_FREE + 0x500);
	elf_image_dynamic(i, DT_STRSZ, 11);
}
static void needed(struct elf_image *i)
{
	strings(i);
	elf_image_dynamic(i, DT_NEEDED, 1);
}
static void dynamic_far(struct elf_image *i)
{
	elf_image_dynamic(i, DT_DEBUG, 0);
	elf_phdr(i, PH_SPARE, p_vaddr, 0x10);
}
static void strtab_far(struct elf_image *i) { elf_image_dynamic(i, DT_STRTAB, 0x10); }
static void dynamic_elsewhere(struct elf_image *i)
{
	needed(i);
	elf_phdr(i, PH_SPARE, p_offset, ELF_IMAGE_FREE + 0x400);
}
static void no_null(struct elf_image *i)
{
	elf_image_dynamic(i, DT_DEBUG, 0);
	for (size_t at = ELF_IMAGE_FREE; at < ELF_IMAGE_SIZE; at += 16)
		elf_image_put(i, at, DT_DEBUG, 8);
}
static void dyn_bare(struct elf_image *i) { elf_ehdr(i, e_type, ET_DYN); }
static void go_pie(struct elf_image *i)
{
	elf_ehdr(i, e_type, ET_DYN);
	elf_image_dynamic(i, DT_FLAGS_1, 0x08000000);
}
static void library(struct elf_image *i)
{
	elf_ehdr(i, e_type, ET_DYN);
	elf_image_dynamic(i, DT_SONAME, 1);
}
static void rpath(struct elf_image *i)
{
	strings(i);
	elf_image_dynamic(i, DT_RPATH, 1);
}
static void runpath(struct elf_image *i)
{
	strings(i);
	elf_image_dynamic(i, DT_RUNPATH, 1);
}
static void symbolic(struct elf_image *i) { elf_image_dynamic(i, DT_FLAGS, DF_SYMBOLIC); }
static void textrel(struct elf_image *i) { elf_image_dynamic(i, DT_TEXTREL, 0); }
static void exec_stack(struct elf_image *i) { elf_phdr(i, PH_STACK, p_flags, PF_R | PF_W | PF_X); }
static void last_stack_exec(struct elf_image *i)
{
	elf_image_segment(i, PH_SPARE, PT_GNU_STACK, PF_R | PF_W | PF_X, 0, 0);
}
static void no_stack(struct elf_image *i) { elf_phdr(i, PH_STACK, p_type, PT_NULL); }
static void rwx(struct elf_image *i) { elf_phdr(i, PH_TEXT, p_flags, PF_R | PF_W | PF_X); }
static void dynamic_only(struct elf_image *i) { elf_image_dynamic(i, DT_DEBUG, 0); }
static void lazy(struct elf_image *i)
{
	elf_image_dynamic(i, DT_JMPREL, ELF_IMAGE_BASE + ELF_IMAGE_FREE + 0x300);
}
static void upx(struct elf_image *i) { memcpy(i->bytes + 64 + PH_COUNT * 56 + 4, "UPX!", 4); }
static void undefined(struct elf_image *i) { elf_image_symbols(i, "malloc\npthread_create\n", STB_GLOBAL); }
static void not_go(struct elf_image *i)
{
	elf_image_names(i, NULL);
	elf_image_info(i, NULL, "");
}
static void bad_info(struct elf_image *i) { memset(i->bytes + ELF_IMAGE_INFO + 32, 0xff, 16); }
static void packed_magic(struct elf_image *i)
{
	upx(i);
	elf_image_names(i, NULL);
	elf_image_info(i, "0w\xaftDA", "path\tx\n");
}
static void magic_alone(struct elf_image *i)
{
	elf_image_names(i, NULL);
	bad_info(i);
}
static void cgo(struct elf_image *i) { elf_image_names(i, CGO_NAMES); }
static void no_names(struct elf_image *i) { elf_image_names(i, NULL); }
static void no_names_tls(struct elf_image *i)
{
	elf_image_names(i, NULL);
	elf_image_segment(i, PH_SPARE, PT_TLS, PF_R, 0x1000, 8);
}
static void c_linker(struct elf_image *i) { elf_image_names(i, "runtime.main\nmain\n"); }
static void no_info(struct elf_image *i) { elf_image_info(i, NULL, ""); }
static void sparc(struct elf_image *i) { elf_ehdr(i, e_machine, EM_SPARCV9); }
static void class_32(struct elf_image *i)
{
	elf_image_free(i);
	*i = elf_image_new(EM_X86_64, false, false, 0);
}
static void big_amd64(struct elf_image *i) { i->bytes[EI_DATA] = ELFDATA2MSB; }
static void big_field(struct elf_image *i)
{
	elf_image_free(i);
	*i = elf_image_new(EM_X86_64, true, true, 0);
}
static void goarch(struct elf_image *i) { elf_image_info(i, "go1.22.3", "build\tGOARCH=arm64\n"); }
static void freebsd(struct elf_image *i) { elf_image_info(i, "go1.22.3", "build\tGOOS=freebsd\n"); }
static void amd64_v3(struct elf_image *i) { elf_image_info(i, "go1.22.3", "build\tGOAMD64=v3\n"); }
static void v3_message(struct elf_image *i)
{
	no_info(i);
	elf_image_text(i, ELF_IMAGE_FREE, "This program can only be run on AMD64 processors with v3 "
					  "microarchitecture support.");
}
static void riscv_22(struct elf_image *i)
{
	elf_image_free(i);
	*i = elf_image_new(EM_RISCV, true, false, 5);
	elf_image_info(i, "go1.23.1", "build\tGORISCV64=rva22u64\n");
}
static void arm64_81(struct elf_image *i)
{
	elf_image_free(i);
	*i = elf_image_new(EM_AARCH64, true, false, 0);
	elf_image_info(i, "go1.23.1", "build\tGOARM64=v8.1,lse\n");
}
static void arm64_lse(struct elf_image *i)
{
	arm64_81(i);
	elf_image_info(i, "go1.23.1", "build\tGOARM64=v8.0,crypto,lse\n");
}
static void arm64_crypto(struct elf_image *i)
{
	arm64_81(i);
	elf_image_info(i, "go1.23.1", "build\tGOARM64=v8.0,crypto\n");
}
static void lse_message(struct elf_image *i)
{
	arm64_81(i);
	no_info(i);
	elf_image_text(i, ELF_IMAGE_FREE, "This program can only run on ARM64 processors with LSE support.");
}
static void netbsd(struct elf_image *i)
{
	no_info(i);
	elf_image_names(i, "runtime.main\n_rt0_amd64_netbsd\nmain.main\n");
}
static void soft_riscv(struct elf_image *i)
{
	elf_image_free(i);
	*i = elf_image_new(EM_RISCV, true, false, 1);
}
static void go_118(struct elf_image *i) { elf_image_info(i, "go1.18.10", "path\tx\n"); }
static void go_119(struct elf_image *i) { elf_image_info(i, "go1.19.8", "path\tx\n"); }
static void go_124(struct elf_image *i) { elf_image_info(i, "go1.24-X:nodwarf5", "path\tx\n"); }
static void devel_124(struct elf_image *i) { elf_image_info(i, "devel go1.24-20250101", "path\tx\n"); }
static void cgo_packages(struct elf_image *i)
{
	elf_image_names(i, CGO_NAMES "net._C2func_getaddrinfo\nnet._Cfunc_free\nos/user._Cfunc_sysconf\n"
				     "example.com/a%2eb._cgo_cmalloc\n_cgo_0123456789ab_Cfunc_free\n");
}
static void enabled_unused(struct elf_image *i) { elf_image_info(i, "go1.22.3", "build\tCGO_ENABLED=1\n"); }

static void arm_32(struct elf_image *i)
{
	elf_image_free(i);
	*i = elf_image_new(EM_ARM, false, false, 0x5000002);
}
static void interp_4097(struct elf_image *i)
{
	interp(i);
	elf_image_segment(i, PH_SPARE2, PT_INTERP, PF_R, ELF_IMAGE_SIZE - 4097, 4097);
}
static void wrap_32(struct elf_image *i)
{
	elf_image_free(i);
	*i = elf_image_new(EM_386, false, false, 0);
	elf_phdr(i, PH_DATA, p_vaddr, 0xfffff000);
	elf_phdr(i, PH_DATA, p_memsz, 0x2000);
}
static void bind_now(struct elf_image *i)
{
	lazy(i);
	elf_image_dynamic(i, DT_FLAGS, DF_BIND_NOW);
}
static void now_1(struct elf_image *i)
{
	lazy(i);
	elf_image_dynamic(i, DT_FLAGS_1, DF_1_NOW);
}
static void bss(struct elf_image *i)
{
	elf_image_segment(i, PH_SPARE, PT_LOAD, PF_R | PF_W, 0x2000, 0);
	elf_phdr(i, PH_SPARE, p_vaddr, ELF_IMAGE_BASE + 0x2123);
	elf_phdr(i, PH_SPARE, p_memsz, 0x1000);
}
static void names_needs(struct elf_image *i)
{
	elf_image_names(i, "runtime.main\n_rt0_amd64_linux\nruntime.futex\nnet.dnsReadConfig\nnet.unixSocket\n"
			   "crypto/x509.loadSystemRoots\ntime.LoadLocation\nos/user.lookupUser\nos.Executable\n"
			   "io/ioutil.TempDir\n");
}
static void cgo_of_c_linker(struct elf_image *i) { elf_image_names(i, "_cgo_topofstack\ncrosscall2\nmain\n"); }

static const struct elfcheck_target here = { .machine = EM_X86_64, .class = ELFCLASS64, .data = ELFDATA2LSB };
static const struct elfcheck_target arm = { .machine = EM_AARCH64, .class = ELFCLASS64, .data = ELFDATA2LSB };
static const struct elfcheck_target v1 = { .machine = EM_X86_64, .cpu_level = 1 };
static const struct elfcheck_target rva20 = { .machine = EM_RISCV, .cpu_level = 20 };
static const struct elfcheck_target v80 = { .machine = EM_AARCH64, .cpu_level = 80 };
static const struct elfcheck_target k2622 = { .kernel = KERNEL(2, 6, 22) };
static const struct elfcheck_target k2631 = { .kernel = KERNEL(2, 6, 31) };
static const struct elfcheck_target k30 = { .kernel = KERNEL(3, 0, 99) };
static const struct elfcheck_target k31 = { .kernel = KERNEL(3, 1, 99) };
static const struct elfcheck_target k414 = { .kernel = KERNEL(4, 14, 200) };
static const struct elfcheck_target mode_644 = { .image = true, .not_executable = true };
static const struct elfcheck_target noexec = { .image = true, .noexec = true };

static const struct elfcheck_target tiny_kernel = {
	.features_known = 1u << ELFCHECK_FEATURE_FUTEX | 1u << ELFCHECK_FEATURE_UNIX,
};

static bool has_nothing(void *ctx, const char *path, size_t len, bool program)
{
	(void)ctx;
	/* What is asked is an absolute path, and only the loader is a program. */
	return path[0] != '/' || len < 4 || program != (memcmp(path, "/lib", 4) == 0);
}

static const struct elfcheck_target bare_image = { .has_path = has_nothing };

/* Then what the evidence contains, and the target, if they matter. */
#define ROW(id, fn, ...) { .name = #fn, .change = fn, .slug = ELFCHECK_##id, ##__VA_ARGS__ }

static const struct row {
	const char *name;
	void (*change)(struct elf_image *image);
	enum elfcheck_slug slug;
	const char *evidence; /* contained in the finding's; NULL: any */
	const struct elfcheck_target *target;
} rows[] = {
	ROW(EMPTY_FILE, empty), ROW(NOT_ELF, script, "#!/bin/sh"), ROW(TRUNCATED, half_header),
	ROW(TRUNCATED, cut_segment), ROW(TRUNCATED, huge_segment), ROW(SEGMENT_SIZE, wrap_segment),
	ROW(SEGMENT_SIZE, beyond_user_space, "0x800000001000"),
	ROW(BAD_IDENT, class_3), ROW(BAD_IDENT, data_0), ROW(TYPE_NOT_EXECUTABLE, relocatable, "ET_REL"),
	ROW(TYPE_NOT_EXECUTABLE, core, "ET_CORE"), ROW(BAD_PHENTSIZE, phentsize_32, "32"),
	ROW(PHNUM_OUT_OF_RANGE, phnum_0), ROW(PHNUM_OUT_OF_RANGE, phnum_xnum, "65535"),
	ROW(PHNUM_OUT_OF_RANGE, phnum_1171), ROW(PHDR_OUTSIDE_FILE, phoff_end),
	ROW(PHDR_OUTSIDE_FILE, phoff_wrap), ROW(NO_LOAD, no_load), ROW(SEGMENT_SIZE, filesz_over),
	ROW(SEGMENT_MISALIGNED, misaligned), ROW(SEGMENTS_OVERLAP, descending), ROW(SEGMENTS_ALIAS, alias),
	ROW(ENTRY_NOT_EXECUTABLE, entry_in_data), ROW(ENTRY_NOT_EXECUTABLE, entry_0),
	ROW(DUPLICATE_HEADER, two_stacks, "PT_GNU_STACK"), ROW(INTERP_PRESENT, interp, "/lib64/ld-linux-x86-64.so.2"),
	ROW(INTERP_MALFORMED, interp_1), ROW(INTERP_MALFORMED, interp_no_nul), ROW(INTERP_MALFORMED, interp_far),
	ROW(NEEDED_PRESENT, needed, "libc.so.6"), ROW(DYNAMIC_OUTSIDE_FILE, dynamic_far),
	ROW(DYNAMIC_OUTSIDE_FILE, strtab_far, "DT_STRTAB"), ROW(DYNAMIC_ADDRESS_MISMATCH, dynamic_elsewhere),
	ROW(NEEDED_PRESENT, dynamic_elsewhere, "libc.so.6"), ROW(DYNAMIC_UNTERMINATED, no_null),
	ROW(ET_DYN_NO_DYNAMIC, dyn_bare), ROW(PIE_NOT_RELOCATED, go_pie), ROW(SHARED_OBJECT, library),
	ROW(RPATH, rpath, "libc.so.6"), ROW(RUNPATH, runpath, "libc.so.6"), ROW(SYMBOLIC, symbolic),
	ROW(TEXTREL, textrel), ROW(EXEC_STACK, exec_stack), ROW(EXEC_STACK, last_stack_exec),
	ROW(NO_STACK_HEADER, no_stack), ROW(WRITABLE_EXECUTABLE, rwx), ROW(NO_RELRO, dynamic_only),
	ROW(LAZY_BINDING, lazy), ROW(PACKED, upx), ROW(UNDEFINED_SYMBOLS, undefined, "2: malloc, pthread_create"),
	ROW(NOT_GO, not_go), ROW(NOT_GO, magic_alone), ROW(NOT_GO, packed_magic), ROW(CGO_PRESENT, cgo), ROW(CGO_UNKNOWN, no_names),
	ROW(CGO_SUSPECTED, no_names_tls, "PT_TLS"), ROW(EXTERNAL_LINK_NO_CGO, c_linker),
	ROW(BUILDINFO_MALFORMED, bad_info), ROW(NO_BUILDINFO, no_info), ROW(MACHINE_UNKNOWN, sparc),
	ROW(MACHINE_MISMATCH, none, "AArch64", &arm), ROW(CLASS_MISMATCH, class_32, "32-bit", &here),
	ROW(CLASS_MISMATCH, class_32, "32-bit"), ROW(DATA_MISMATCH, big_amd64, NULL, &here),
	ROW(DATA_MISMATCH, big_field, NULL, &here), ROW(FLAGS_MISMATCH, soft_riscv, "0x1"),
	ROW(GOARCH_MISMATCH, goarch, "arm64"), ROW(GOOS_NOT_LINUX, freebsd, "freebsd"),
	ROW(CPU_LEVEL_TOO_HIGH, amd64_v3, "3", &v1), ROW(CPU_LEVEL_TOO_HIGH, v3_message, "3", &v1),
	ROW(CPU_LEVEL_TOO_HIGH, riscv_22, "22", &rva20), ROW(CPU_LEVEL_TOO_HIGH, arm64_81, "81", &v80),
	ROW(CPU_LEVEL_TOO_HIGH, arm64_lse, "81", &v80), ROW(CPU_LEVEL_TOO_HIGH, lse_message, "81", &v80),
	ROW(GOOS_NOT_LINUX, netbsd, "_rt0_amd64_netbsd"),
	ROW(GO_NEEDS_NEWER_KERNEL, go_118, "2.6.23", &k2622), ROW(GO_NEEDS_NEWER_KERNEL, go_119, "2.6.32", &k2631),
	ROW(GO_NEEDS_NEWER_KERNEL, go_124, "3.2.0", &k31), ROW(GO_NEEDS_NEWER_KERNEL, devel_124, "3.2.0", &k31),
	ROW(GO_NEEDS_NEWER_KERNEL, riscv_22, "4.15.0", &k414), ROW(GO_VERSION_UNKNOWN, no_info, NULL, &k414),
	ROW(CGO_PACKAGE, cgo_packages, "net, os/user, example.com/a.b"),
	ROW(CGO_SETTING_DIFFERS, enabled_unused), ROW(CGO_SETTING_DIFFERS, cgo),
	ROW(GO_NEEDS_NEWER_KERNEL, arm_32, "3.1.0", &k30), ROW(INTERP_MALFORMED, interp_4097, "4097"),
	ROW(SEGMENT_SIZE, wrap_32),
	ROW(NOT_EXECUTABLE, none, NULL, &mode_644), ROW(NOEXEC_MOUNT, none, NULL, &noexec),
	ROW(KERNEL_FEATURE_MISSING, names_needs, "CONFIG_FUTEX", &tiny_kernel),
	ROW(KERNEL_FEATURE_WANTED, names_needs, "CONFIG_UNIX", &tiny_kernel),
	ROW(INTERP_MISSING, interp, "/lib64/ld-linux-x86-64.so.2", &bare_image),
	ROW(DNS_CONFIG_MISSING, names_needs, "/etc/resolv.conf", &bare_image),
	ROW(CA_CERTIFICATES_MISSING, names_needs, "/etc/ssl/certs/ca-certificates.crt", &bare_image),
	ROW(ZONEINFO_MISSING, names_needs, "/usr/share/zoneinfo", &bare_image),
	ROW(PASSWD_MISSING, names_needs, "/etc/passwd", &bare_image),
	ROW(PROC_MISSING, names_needs, "/proc", &bare_image), ROW(TMP_MISSING, names_needs, "/tmp", &bare_image),
};

static void check_row(const struct row *row)
{
	struct elf_image image = elf_image_amd64();
	const struct elfcheck_finding *finding;
	struct elfcheck_report report;
	const struct elfcheck_slug_info *info = elfcheck_slug_info(row->slug);

	row->change(&image);
	elfcheck(image.bytes, image.size, row->target ? row->target : &nothing_known, ELFCHECK_GO_STATIC, NULL, &report);
	finding = find(&report, row->slug);
	if (!finding)
		fail_msg("%s: %s not found", row->name, info->name);
	if (row->evidence && !strstr(finding->evidence, row->evidence))
		fail_msg("%s: %s says '%s', not '%s'", row->name, info->name, finding->evidence, row->evidence);
	assert_int_equal(finding->severity, info->severity);
	if (info->severity == ELFCHECK_FAIL) {
		assert_false(report.pass);
		assert_int_equal(report.layers[info->layer], ELFCHECK_FAILED);
	} else {
		assert_true(report.layers[info->layer] >= ELFCHECK_PASSED);
	}
	produced[row->slug] = 1;
	elf_image_free(&image);
}

static void each_row_finds_its_slug(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		check_row(&rows[i]);
}

static void no_slug_is_without_a_row(void **state)
{
	(void)state;
	for (enum elfcheck_slug slug = 0; slug < ELFCHECK_SLUGS; slug++)
		if (!produced[slug])
			fail_msg("%s has no test", elfcheck_slug_info(slug)->name);
}

static void what_is_no_fault_is_not_found(void **state)
{
	static const struct row innocent[] = {
		ROW(LAZY_BINDING, bind_now), ROW(LAZY_BINDING, now_1), ROW(SHARED_OBJECT, go_pie),
		ROW(SEGMENT_MISALIGNED, bss), ROW(TRUNCATED, bss), ROW(PIE_NOT_RELOCATED, dyn_bare),
		ROW(EXTERNAL_LINK_NO_CGO, cgo_of_c_linker), ROW(INTERP_PRESENT, interp_1), ROW(NOT_GO, no_names),
		ROW(NOT_GO, no_info), ROW(EXTERNAL_LINK_NO_CGO, netbsd), ROW(CPU_LEVEL_TOO_HIGH, arm64_crypto, NULL, &v80),
	};

	(void)state;
	for (size_t i = 0; i < sizeof(innocent) / sizeof(innocent[0]); i++) {
		struct elf_image image = elf_image_amd64();
		struct elfcheck_report report;

		innocent[i].change(&image);
		elfcheck(image.bytes, image.size, innocent[i].target ? innocent[i].target : &nothing_known,
			 ELFCHECK_GO_STATIC, NULL, &report);
		if (find(&report, innocent[i].slug))
			fail_msg("%s: %s", innocent[i].name, elfcheck_slug_info(innocent[i].slug)->name);
		elf_image_free(&image);
	}
}

static void a_good_program_has_no_findings(void **state)
{
	struct elfcheck_target target = here;
	struct elf_image image = elf_image_amd64();
	struct elfcheck_report report;

	(void)state;
	target.kernel = KERNEL(6, 1, 0);
	target.cpu_level = 1;
	target.image = true;
	assert_true(elfcheck(image.bytes, image.size, &target, ELFCHECK_GO_STATIC, NULL, &report));
	assert_int_equal(report.n_findings, 0);
	for (int layer = 1; layer <= ELFCHECK_LAYERS; layer++)
		assert_int_equal(report.layers[layer], ELFCHECK_PASSED);
	assert_int_equal(report.kind, ELFCHECK_KIND_GO);
	assert_int_equal(report.go.cgo, ELFCHECK_HAS_CGO_NO);
	assert_memory_equal(report.go.version.ptr, "go1.22.3", 8);
	assert_memory_equal(report.go.path.ptr, "example.com/hello", report.go.path.len);
	elf_image_free(&image);
}

static void an_unknown_target_skips_its_layers(void **state)
{
	struct elf_image image = elf_image_amd64();
	struct elfcheck_report report;

	(void)state;
	assert_true(check(&image, &report));
	assert_int_equal(report.layers[5], ELFCHECK_SKIPPED);
	assert_int_equal(report.layers[7], ELFCHECK_SKIPPED);
	elf_image_free(&image);
}

static void weak_symbols_may_stay_undefined(void **state)
{
	struct elf_image image = elf_image_amd64();
	struct elfcheck_report report;

	(void)state;
	elf_image_symbols(&image, "__gmon_start__\n", STB_WEAK);
	check(&image, &report);
	assert_null(find(&report, ELFCHECK_UNDEFINED_SYMBOLS));
	elf_image_free(&image);
}

static void every_goarch_passes(void **state)
{
	static const struct {
		uint16_t machine;
		bool is64, big;
		uint32_t flags; /* as Go's linker writes them */
		const char *goarch;
	} machines[] = {
		{ EM_386, false, false, 0, "386" },         { EM_X86_64, true, false, 0, "amd64" },
		{ EM_ARM, false, false, 0x5000002, "arm" }, { EM_AARCH64, true, false, 0, "arm64" },
		{ EM_LOONGARCH, true, false, 0x43, "loong64" },
		{ EM_MIPS, false, true, 0x50001004, "mips" }, { EM_MIPS, false, false, 0x50001004, "mipsle" },
		{ EM_MIPS, true, true, 0x20000004, "mips64" }, { EM_MIPS, true, false, 0x20000004, "mips64le" },
		{ EM_PPC64, true, true, 1, "ppc64" },       { EM_PPC64, true, false, 2, "ppc64le" },
		{ EM_RISCV, true, false, 4, "riscv64" },    { EM_S390, true, true, 1, "s390x" },
	};
	char settings[64];

	(void)state;
	for (size_t i = 0; i < sizeof(machines) / sizeof(machines[0]); i++) {
		struct elf_image image = elf_image_new(machines[i].machine, machines[i].is64, machines[i].big,
						       machines[i].flags);
		struct elfcheck_report report;

		snprintf(settings, sizeof(settings), "build\tGOARCH=%s\n", machines[i].goarch);
		elf_image_info(&image, "go1.22.3", settings);
		if (!check(&image, &report) || report.n_findings > 0 || report.kind != ELFCHECK_KIND_GO)
			fail_msg("%s: %zu findings", machines[i].goarch, report.n_findings);
		elf_image_old_info(&image, "go1.15.2", "path\told\n");
		elf_image_old_names(&image, "runtime.main\n_rt0_amd64_linux\nmain.main\n");
		if (!check(&image, &report) || report.n_findings > 0 || report.go.cgo != ELFCHECK_HAS_CGO_NO)
			fail_msg("%s, old formats: %zu findings", machines[i].goarch, report.n_findings);
		assert_int_equal(report.go.version.len, 8);
		assert_memory_equal(report.go.version.ptr, "go1.15.2", 8);
		elf_image_old_names(&image, CGO_NAMES);
		check(&image, &report);
		assert_non_null(find(&report, ELFCHECK_CGO_PRESENT));
		elf_image_free(&image);
	}
}

static void names_that_every_go_program_has_are_no_proof(void **state)
{
	struct elf_image image = elf_image_amd64();
	struct elfcheck_report report;

	(void)state;
	elf_image_names(&image, "runtime.main\n_rt0_amd64_linux\nruntime.cgocall\nruntime.cgoSigtramp\nnet.cgoLookupHost\n"
				"runtime.asmcgocall\nmain.crosscall2\n");
	assert_true(check(&image, &report));
	assert_int_equal(report.go.cgo, ELFCHECK_HAS_CGO_NO);
	elf_image_free(&image);
}

/* Each class and byte order. */
static struct elf_image variant(size_t n)
{
	if (n == 0)
		return elf_image_amd64();
	return n == 1 ? elf_image_new(EM_386, false, false, 0) : elf_image_new(EM_PPC64, true, true, 1);
}

static void every_format_of_names_is_read(void **state)
{
	static const uint32_t magics[] = { 0xfffffffa, 0xfffffff0, 0xfffffff1 }; /* Go 1.16, 1.18, 1.20 */

	(void)state;
	for (size_t i = 0; i < 3 * 3; i++) {
		struct elf_image image = variant(i % 3);
		struct elfcheck_report report;

		elf_image_names_as(&image, magics[i / 3], "runtime.main\n_rt0_amd64_linux\nmain.main\n");
		assert_true(check(&image, &report));
		assert_int_equal(report.go.cgo, ELFCHECK_HAS_CGO_NO);
		elf_image_names_as(&image, magics[i / 3], CGO_NAMES "net._Cfunc_free\n");
		assert_false(check(&image, &report));
		assert_int_equal(report.go.cgo, ELFCHECK_HAS_CGO_YES);
		assert_int_equal(report.go.n_packages, 1);
		elf_image_names_as(&image, 0x12345678, CGO_NAMES); /* of no release, the layout of the last */
		check(&image, &report);
		assert_int_equal(report.go.cgo, ELFCHECK_HAS_CGO_YES);
		elf_image_names_as(&image, 0x12345678, "b3QvZ.a8\n_rt0_amd64_linux\nq.Main\n"); /* obfuscated */
		check(&image, &report);
		assert_int_equal(report.go.cgo, ELFCHECK_HAS_CGO_UNKNOWN);
		assert_non_null(find(&report, ELFCHECK_CGO_UNKNOWN));
		assert_null(find(&report, ELFCHECK_EXTERNAL_LINK_NO_CGO));
		elf_image_info(&image, NULL, "");
		check(&image, &report);
		assert_int_equal(report.kind, ELFCHECK_KIND_GO);
		elf_image_free(&image);
	}
}

/* A C program may hold one as well, in an array; nothing points at that one's table. */
static void a_carrier_is_not_go_itself(void **state)
{
	struct elf_image image = elf_image_amd64();
	struct elfcheck_report report;

	(void)state;
	elf_image_put(&image, ELF_IMAGE_POINTER, 0, 8);
	assert_false(check(&image, &report));
	assert_int_equal(report.kind, ELFCHECK_KIND_ELF);
	assert_null(report.go.version.ptr);
	assert_non_null(strstr(find(&report, ELFCHECK_NOT_GO)->evidence, "carries"));
	elf_image_free(&image);
}

/* As //go:embed does: the other program's table lies in front of the program's own. */
static void a_carried_program_is_not_judged(void **state)
{
	static const char pure[] = "runtime.main\n_rt0_amd64_linux\nmain.main\n";
	struct elf_image image = elf_image_amd64();
	struct elfcheck_report report;

	(void)state;
	elf_image_names(&image, pure);
	elf_image_own_names(&image);
	elf_image_names(&image, CGO_NAMES "carried._Cfunc_free\n");
	assert_true(check(&image, &report));
	assert_int_equal(report.go.cgo, ELFCHECK_HAS_CGO_NO);
	elf_image_names(&image, CGO_NAMES);
	elf_image_own_names(&image);
	elf_image_names(&image, pure);
	assert_false(check(&image, &report));
	assert_non_null(find(&report, ELFCHECK_CGO_PRESENT));
	elf_image_free(&image);
}

/* cmd/link puts it at a multiple of 32, other linkers at that of a word; then the one that is carried comes first. */
static void a_table_lies_at_any_word(void **state)
{
	struct elfcheck_report report;

	(void)state;
	for (size_t n = 0; n < 3; n++) {
		struct elf_image image = variant(n);
		size_t word = image.is64 ? 8 : 4;

		for (size_t own = ELF_IMAGE_FREE + 0x200; own < ELF_IMAGE_FREE + 0x200 + 32; own += word) {
			elf_image_names(&image, CGO_NAMES "own._Cfunc_free\n");
			memset(image.bytes + ELF_IMAGE_FREE + 0x200, 0, 0x400);
			memcpy(image.bytes + own, image.bytes + ELF_IMAGE_NAMES, 0x3c0);
			elf_image_put(&image, ELF_IMAGE_POINTER, ELF_IMAGE_BASE + own, word);
			elf_image_names(&image, "runtime.main\n_rt0_amd64_linux\ncarried.main\n");
			check(&image, &report);
			assert_int_equal(report.go.cgo, ELFCHECK_HAS_CGO_YES);
			assert_int_equal(report.go.n_packages, 1);
			assert_memory_equal(report.go.packages[0].ptr, "own", report.go.packages[0].len);
		}
		elf_image_free(&image);
	}
}

/* Names are walked by eight bytes: whatever begins or ends where in those, and wherever the file lies in memory. */
static void names_lie_at_any_byte(void **state)
{
	/* Beside what is looked for, bytes that are nearly NUL or an underscore. */
	static const char filler[] = "\x01\x80\xdf\x5e\x60\x7f\xff\x01\x80\xdf\x5e\x60\x7f\xff\x01\x80\xdf";
	struct elfcheck_report report;
	char names[400];

	(void)state;
	for (int i = 0; i < 8 * (int)sizeof(filler); i++) {
		struct elf_image image = elf_image_amd64();
		unsigned char *memory = malloc(image.size + 8), *bytes;

		assert_non_null(memory);
		bytes = memory + i % 8;
		snprintf(names, sizeof(names), "%.*s\nruntime.main\n_rt0_amd64_linux\ncrosscall2\nos.Executable\n"
			 "p._Cfunc_x\nnet.unixSocket\n_cgo_topofstack\na_.b\nq_._Cmacro__\n_\n__\n_cgo_panic\n", i / 8, filler);
		elf_image_names(&image, names);
		memcpy(bytes, image.bytes, image.size);
		elfcheck(bytes, image.size, &tiny_kernel, ELFCHECK_GO_STATIC, NULL, &report);
		if (strcmp(find(&report, ELFCHECK_CGO_PRESENT)->evidence, "3 of 4 names of runtime/cgo") != 0 ||
		    strcmp(find(&report, ELFCHECK_CGO_PACKAGE)->evidence, "p, q_") != 0 ||
		    strcmp(find(&report, ELFCHECK_KERNEL_FEATURE_WANTED)->evidence, "CONFIG_UNIX") != 0 ||
		    !(report.go.needs & 1u << ELFCHECK_NEED_PROC))
			fail_msg("%d bytes in front, %d of memory", i / 8, i % 8);
		free(memory);
		elf_image_free(&image);
	}
}

static void packages_are_named_once(void **state)
{
	struct elf_image image = elf_image_amd64();
	struct elfcheck_report report;
	char names[1400];
	int n = 0;

	(void)state;
	elf_image_names(&image, CGO_NAMES "b._Cfunc_x\na._Cfunc_x\nb._C2func_y\nb._Cmacro_z\nx.y/a.b.(*T)._Cfunc_x\n");
	check(&image, &report);
	assert_int_equal(report.go.n_packages, 3);
	assert_int_equal(report.go.packages[0].ptr[0], 'b');
	assert_int_equal(report.go.packages[1].ptr[0], 'a');
	for (int i = 0; i < ELFCHECK_PACKAGES + 20; i++)
		n += snprintf(names + n, sizeof(names) - (size_t)n, "p%d._Cfunc_x\n", i);
	elf_image_names(&image, names);
	check(&image, &report);
	assert_int_equal(report.go.n_packages, ELFCHECK_PACKAGES);
	assert_int_equal(report.go.cgo, ELFCHECK_HAS_CGO_YES); /* whatever the names of runtime/cgo are */
	elf_image_free(&image);
}

static void one_name_of_cgo_is_anybodys(void **state)
{
	static const struct {
		const char *names;
		enum elfcheck_cgo cgo;
	} cases[] = {
		{ "runtime.main\n_rt0_amd64_linux\n_cgo_panic\n", ELFCHECK_HAS_CGO_NO },
		{ "runtime.main\n_rt0_amd64_linux\n_cgo_panic\n_cgo_panic\n", ELFCHECK_HAS_CGO_NO },
		{ "runtime.main\n_rt0_amd64_linux\n_cgo_panic\ncrosscall2\n", ELFCHECK_HAS_CGO_YES },
		{ "runtime.main\n_rt0_amd64_linux\n._Cfunc_x\n", ELFCHECK_HAS_CGO_NO },
		{ "runtime.main\n_rt0_amd64_linux\nm._Cfunc_x\n", ELFCHECK_HAS_CGO_YES },
	};
	struct elfcheck_report report;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct elf_image image = elf_image_amd64();

		elf_image_names(&image, cases[i].names);
		check(&image, &report);
		if (report.go.cgo != cases[i].cgo)
			fail_msg("case %zu", i);
		elf_image_free(&image);
	}
}

static void profiles_ask_for_less_and_less(void **state)
{
	static const struct {
		void (*change)(struct elf_image *image);
		bool pass[3]; /* go-static, static, any */
	} cases[] = {
		{ none, { true, true, true } },       { not_go, { false, true, true } },
		{ cgo, { false, true, true } },       { interp, { false, false, true } },
		{ needed, { false, false, true } },   { dyn_bare, { false, false, false } },
		{ cut_segment, { false, false, false } }, { interp_no_nul, { false, false, false } },
	};
	struct elfcheck_report report;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		for (int profile = 0; profile < 3; profile++) {
			struct elf_image image = elf_image_amd64();

			cases[i].change(&image);
			if (elfcheck(image.bytes, image.size, &nothing_known, (enum elfcheck_profile)profile, NULL,
				     &report) != cases[i].pass[profile])
				fail_msg("case %zu, profile %d", i, profile);
			elf_image_free(&image);
		}
	}
}

/* The first profile that does not ask for it any more; such a finding is information. */
static enum elfcheck_profile given_up_by(enum elfcheck_slug slug)
{
	switch (slug) {
	case ELFCHECK_NOT_GO: /* static asks for no Go, and C inside is its own business */
	case ELFCHECK_CGO_PRESENT:
	case ELFCHECK_CGO_SUSPECTED:
	case ELFCHECK_CGO_UNKNOWN:
	case ELFCHECK_CGO_PACKAGE:
	case ELFCHECK_BUILDINFO_MALFORMED:
	case ELFCHECK_SEGMENTS_ALIAS: /* it only hides what Go left inside */
		return ELFCHECK_STATIC;
	case ELFCHECK_INTERP_PRESENT: /* any asks for nothing but that the kernel executes it */
	case ELFCHECK_NEEDED_PRESENT:
	case ELFCHECK_UNDEFINED_SYMBOLS:
	case ELFCHECK_FLAGS_MISMATCH:
		return ELFCHECK_ANY;
	default:
		return (enum elfcheck_profile)(ELFCHECK_ANY + 1);
	}
}

static void profiles_turn_findings_into_information(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *row = &rows[i];
		struct elf_image image = elf_image_amd64();

		row->change(&image);
		for (enum elfcheck_profile profile = 0; profile <= ELFCHECK_ANY; profile++) {
			enum elfcheck_severity own = elfcheck_slug_info(row->slug)->severity;
			struct elfcheck_report report;

			elfcheck(image.bytes, image.size, row->target ? row->target : &nothing_known, profile, NULL,
				 &report);
			if (!find(&report, row->slug) || find(&report, row->slug)->severity !=
								 (profile < given_up_by(row->slug) ? own : ELFCHECK_INFO))
				fail_msg("%s, profile %d", row->name, (int)profile);
		}
		elf_image_free(&image);
	}
}

static void with_a_loader_an_external_link_runs(void **state)
{
	struct elf_image image = elf_image_amd64();
	struct elfcheck_report report;

	(void)state;
	c_linker(&image);
	interp(&image);
	assert_true(elfcheck(image.bytes, image.size, &nothing_known, ELFCHECK_ANY, NULL, &report));
	assert_int_equal(find(&report, ELFCHECK_EXTERNAL_LINK_NO_CGO)->severity, ELFCHECK_INFO);
	assert_false(elfcheck(image.bytes, image.size, &nothing_known, ELFCHECK_STATIC, NULL, &report));
	elf_image_free(&image);
}

static void an_allowed_slug_is_information(void **state)
{
	struct elf_image image = elf_image_amd64();
	struct elfcheck_allow allow = { 0 };
	struct elfcheck_report report;

	(void)state;
	interp(&image);
	elfcheck_allow_add(&allow, elfcheck_slug_find("interp-present", 14));
	assert_true(elfcheck(image.bytes, image.size, &nothing_known, ELFCHECK_GO_STATIC, &allow, &report));
	assert_int_equal(find(&report, ELFCHECK_INTERP_PRESENT)->severity, ELFCHECK_INFO);
	assert_int_equal(report.layers[1], ELFCHECK_PASSED);
	assert_int_equal(elfcheck_slug_find("interp", 6), ELFCHECK_SLUGS);
	elf_image_free(&image);
}

static void i386_runs_only_with_emulation(void **state)
{
	struct elf_image image = elf_image_new(EM_386, false, false, 0);
	struct elfcheck_target target = here;
	struct elfcheck_report report;

	(void)state;
	elfcheck(image.bytes, image.size, &target, ELFCHECK_GO_STATIC, NULL, &report);
	assert_non_null(find(&report, ELFCHECK_MACHINE_MISMATCH));
	target.compat32 = true;
	assert_true(elfcheck(image.bytes, image.size, &target, ELFCHECK_GO_STATIC, NULL, &report));
	elf_image_free(&image);
}

static void the_runtime_tells_its_version(void **state)
{
	struct elf_image image = elf_image_amd64();
	struct elfcheck_report report;

	(void)state;
	no_info(&image);
	elf_image_text(&image, ELF_IMAGE_FREE, "go1.26.5go1.18zzz");
	elf_image_put(&image, ELF_IMAGE_FREE + 0x40, ELF_IMAGE_BASE + ELF_IMAGE_FREE, 8);
	elf_image_put(&image, ELF_IMAGE_FREE + 0x48, 8, 8);
	check(&image, &report);
	assert_int_equal(report.go.version_source, ELFCHECK_VERSION_RUNTIME);
	assert_int_equal(report.go.version.len, 8);
	assert_memory_equal(report.go.version.ptr, "go1.26.5", 8);
	elf_image_free(&image);
}

/* cmd/link leaves the module information of a program outside modules in memory that the file has no bytes for. */
static void old_build_information_may_point_at_zeroed_memory(void **state)
{
	struct elf_image image = elf_image_amd64();
	struct elfcheck_report report;

	(void)state;
	elf_phdr(&image, PH_DATA, p_memsz, 0x3000);
	elf_image_old_info(&image, "go1.15.2", "path\told\n");
	elf_image_put(&image, ELF_IMAGE_INFO + 24, ELF_IMAGE_BASE + ELF_IMAGE_SIZE + 0x100, 8);
	assert_true(check(&image, &report));
	assert_int_equal(report.go.version_source, ELFCHECK_VERSION_BUILDINFO);
	assert_null(find(&report, ELFCHECK_BUILDINFO_MALFORMED));
	elf_image_put(&image, ELF_IMAGE_INFO + 24, ELF_IMAGE_BASE + 0x3000 + 0x1000, 8); /* the first byte behind it */
	check(&image, &report);
	assert_non_null(find(&report, ELFCHECK_BUILDINFO_MALFORMED));
	elf_image_free(&image);
}

/* In a PIE all four addresses stand in relocations. */
static void old_build_information_of_a_pie_is_relocated(void **state)
{
	const size_t places[] = { ELF_IMAGE_INFO + 16, ELF_IMAGE_INFO + 24, ELF_IMAGE_INFO + 0x40, ELF_IMAGE_INFO + 0x50 };
	struct elf_image image = elf_image_amd64();
	struct elfcheck_report report;

	(void)state;
	elf_image_old_info(&image, "go1.15.2", "path\told\n");
	elf_image_dynamic(&image, DT_RELA, ELF_IMAGE_BASE + ELF_IMAGE_FREE + 0x300);
	elf_image_dynamic(&image, DT_RELASZ, 4 * sizeof(Elf64_Rela));
	for (size_t i = 0; i < 4; i++) {
		size_t entry = ELF_IMAGE_FREE + 0x300 + i * sizeof(Elf64_Rela);

		elf_image_put(&image, entry, ELF_IMAGE_BASE + places[i], 8);
		elf_image_put(&image, entry + 8, 8, 8); /* R_X86_64_RELATIVE */
		memcpy(image.bytes + entry + 16, image.bytes + places[i], 8);
		elf_image_put(&image, places[i], 0, 8);
	}
	check(&image, &report);
	assert_int_equal(report.go.version_source, ELFCHECK_VERSION_BUILDINFO);
	assert_memory_equal(report.go.version.ptr, "go1.15.2", 8);
	assert_memory_equal(report.go.path.ptr, "old", 3);
	elf_image_put(&image, ELF_IMAGE_FREE + 0x300, 0, 8); /* one relocation is for something else */
	check(&image, &report);
	assert_non_null(find(&report, ELFCHECK_BUILDINFO_MALFORMED));
	elf_image_free(&image);
}

static void of_two_settings_with_one_key_the_first_counts(void **state)
{
	struct elf_image image = elf_image_amd64();
	struct elfcheck_report report;

	(void)state;
	elf_image_info(&image, "go1.22.3", "build\tGOARCH=amd64\nbuild\tGOOS=linux\nbuild\tGOARCH=arm64\n");
	assert_true(check(&image, &report));
	assert_int_equal(report.go.n_settings, 2);
	assert_memory_equal(report.go.settings[0].value.ptr, "amd64", 5);
	elf_image_free(&image);
}

static void without_a_version_in_it_the_build_information_leaves_that_to_the_runtime(void **state)
{
	struct elf_image image = elf_image_amd64();
	struct elfcheck_report report;

	(void)state;
	elf_image_info(&image, "", "path\tx\n");
	elf_image_text(&image, ELF_IMAGE_FREE, "go1.26.5");
	elf_image_put(&image, ELF_IMAGE_FREE + 0x40, ELF_IMAGE_BASE + ELF_IMAGE_FREE, 8);
	elf_image_put(&image, ELF_IMAGE_FREE + 0x48, 8, 8);
	check(&image, &report);
	assert_int_equal(report.go.version_source, ELFCHECK_VERSION_RUNTIME);
	assert_memory_equal(report.go.version.ptr, "go1.26.5", 8);
	elf_image_free(&image);
}

/* A Go string in the data, `at` bytes into the free part; its text follows. */
static void put_string(struct elf_image *image, size_t at, const char *text)
{
	elf_image_put(image, ELF_IMAGE_FREE + at, ELF_IMAGE_BASE + ELF_IMAGE_FREE + at + 16, 8);
	elf_image_put(image, ELF_IMAGE_FREE + at + 8, strlen(text), 8);
	elf_image_text(image, ELF_IMAGE_FREE + at + 16, text);
}

static void the_highest_version_is_the_programs_own(void **state)
{
	static const struct {
		const char *other, *own;
	} pairs[] = {
		{ "go1.9", "go1.22.3" },       { "go1.21.13", "go1.21.14" },
		{ "go1.20.7", "go1.21rc2" },   { "go1.9", "devel go1.24-20250101 X:boringcrypto" },
		{ "go1.99zz", "go1.19.8" },    { "go1.99.", "go1.21.13 (Red Hat 1.21.13-1)" },
		{ "go1.5", "go1.24-X:nodwarf5" },
	};
	struct elfcheck_report report;

	(void)state;
	for (size_t i = 0; i < 2 * sizeof(pairs) / sizeof(pairs[0]); i++) {
		struct elf_image image = elf_image_amd64();
		const char *own = pairs[i / 2].own;

		no_info(&image);
		put_string(&image, i % 2 ? 0x80 : 0, own);
		put_string(&image, i % 2 ? 0 : 0x80, pairs[i / 2].other);
		check(&image, &report);
		assert_int_equal(report.go.version.len, strlen(own));
		assert_memory_equal(report.go.version.ptr, own, strlen(own));
		elf_image_free(&image);
	}
}

/* In a PIE the loader fills in the address: the file has it in an R_X86_64_RELATIVE relocation. */
static void the_version_of_a_pie_is_in_its_relocation(void **state)
{
	const uint64_t base = ELF_IMAGE_BASE + ELF_IMAGE_FREE;
	struct elf_image image = elf_image_amd64();
	struct elfcheck_report report;

	(void)state;
	no_info(&image);
	elf_image_dynamic(&image, DT_RELA, base + 0x300);
	elf_image_dynamic(&image, DT_RELASZ, 2 * sizeof(Elf64_Rela));
	elf_image_text(&image, ELF_IMAGE_FREE + 0x200, "go1.23.5");
	elf_image_put(&image, ELF_IMAGE_FREE + 0x248, 8, 8);
	elf_image_put(&image, ELF_IMAGE_FREE + 0x318, base + 0x240, 8);
	elf_image_put(&image, ELF_IMAGE_FREE + 0x320, 8, 8); /* R_X86_64_RELATIVE */
	elf_image_put(&image, ELF_IMAGE_FREE + 0x328, base + 0x200, 8);
	check(&image, &report);
	assert_int_equal(report.go.version_source, ELFCHECK_VERSION_RUNTIME);
	assert_memory_equal(report.go.version.ptr, "go1.23.5", 8);
	elf_image_put(&image, ELF_IMAGE_FREE + 0x248, 80, 8); /* another length: not a version */
	check(&image, &report);
	assert_null(report.go.version.ptr);
	elf_image_free(&image);
}

static void needs_are_told_by_functions(void **state)
{
	struct elf_image image = elf_image_amd64();
	struct elfcheck_report report;

	(void)state;
	check(&image, &report);
	assert_int_equal(report.go.needs, 0);
	names_needs(&image);
	check(&image, &report);
	assert_int_equal(report.go.needs, 1u << ELFCHECK_NEED_DNS | 1u << ELFCHECK_NEED_CA | 1u << ELFCHECK_NEED_ZONEINFO |
					  1u << ELFCHECK_NEED_USERS | 1u << ELFCHECK_NEED_PROC |
					  1u << ELFCHECK_NEED_TMP);
	elfcheck(image.bytes, image.size, &bare_image, ELFCHECK_GO_STATIC, NULL, &report);
	assert_non_null(find(&report, ELFCHECK_ZONEINFO_MISSING));
	elf_image_names(&image, "runtime.main\n_rt0_amd64_linux\ntime.LoadLocation\ntime/tzdata.init.0\n"
				"crypto/x509.loadSystemRoots\ngolang.org/x/crypto/x509roots/fallback.init.0\n");
	assert_true(elfcheck(image.bytes, image.size, &bare_image, ELFCHECK_GO_STATIC, NULL, &report));
	assert_int_equal(report.n_findings, 0); /* it brings both along */
	elf_image_free(&image);
}

static void text_that_nothing_points_at_is_no_version(void **state)
{
	static const struct {
		uint64_t addr, length;
	} headers[] = {
		{ 0, 8 }, { ELF_IMAGE_BASE + ELF_IMAGE_FREE, 4 }, { ELF_IMAGE_BASE + ELF_IMAGE_FREE, 129 },
		{ ELF_IMAGE_BASE + ELF_IMAGE_FREE, UINT64_MAX }, { ELF_IMAGE_BASE + ELF_IMAGE_FREE + 1, 8 },
		{ UINT64_MAX, 8 },
	};
	struct elfcheck_report report;

	(void)state;
	for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
		struct elf_image image = elf_image_amd64();

		no_info(&image);
		elf_image_text(&image, ELF_IMAGE_FREE, "go1.26.5");
		elf_image_put(&image, ELF_IMAGE_FREE + 0x40, headers[i].addr, 8);
		elf_image_put(&image, ELF_IMAGE_FREE + 0x48, headers[i].length, 8);
		check(&image, &report);
		assert_int_equal(report.go.version_source, ELFCHECK_VERSION_NONE);
		assert_null(report.go.version.ptr);
		elf_image_free(&image);
	}
}

/* What stands at `offset` of the build information, and whether that can be read. */
static void damaged_build_information_is_told(void **state)
{
	static const struct {
		bool old;
		size_t offset;
		uint64_t value;
		size_t width;
	} cases[] = {
		{ true, 14, 4, 1 },              /* another pointer size than the file's */
		{ true, 15, 1, 1 },              /* the other byte order */
		{ true, 16, 0x10, 8 },           /* string header outside */
		{ true, 16, UINT64_MAX, 8 },
		{ true, 0x40, 0x10, 8 },         /* text outside */
		{ true, 0x48, UINT64_MAX, 8 },   /* length */
		{ true, 0x58, 0x1000, 8 },       /* module information longer than the segment */
		{ false, 32, 0xffffffffffffffff, 8 }, /* a length without end */
		{ false, 41, 0xffffffff, 4 },    /* module information outside */
	};
	struct elfcheck_report report;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct elf_image image = elf_image_amd64();

		if (cases[i].old)
			elf_image_old_info(&image, "go1.15.2", "path\told\n");
		elf_image_put(&image, ELF_IMAGE_INFO + cases[i].offset, cases[i].value, cases[i].width);
		check(&image, &report);
		if (!find(&report, ELFCHECK_BUILDINFO_MALFORMED))
			fail_msg("case %zu", i);
		assert_int_equal(report.kind, ELFCHECK_KIND_GO);
		assert_int_equal(report.go.cgo, ELFCHECK_HAS_CGO_NO);
		elf_image_free(&image);
	}
}

static void build_information_stands_anywhere_aligned(void **state)
{
	struct elf_image image = elf_image_amd64();
	struct elfcheck_report report;

	(void)state;
	memmove(image.bytes + ELF_IMAGE_FREE + 0x110, image.bytes + ELF_IMAGE_INFO, 0x200);
	memset(image.bytes + ELF_IMAGE_INFO, 0, 0x200);
	check(&image, &report);
	assert_int_equal(report.go.version_source, ELFCHECK_VERSION_BUILDINFO);
	memmove(image.bytes + ELF_IMAGE_FREE + 0x118, image.bytes + ELF_IMAGE_FREE + 0x110, 0x200);
	memset(image.bytes + ELF_IMAGE_FREE + 0x110, 0, 8);
	check(&image, &report);
	assert_non_null(find(&report, ELFCHECK_NO_BUILDINFO));
	elf_image_free(&image);
}

/* Changes how the number of symbols is told: DT_GNU_HASH, or nothing but the string table's start. */
static void symbols_are_counted_without_sections(void **state)
{
	size_t hash = ELF_IMAGE_FREE + 0x400;
	struct elfcheck_report report;

	(void)state;
	for (int gnu = 0; gnu < 2; gnu++) {
		struct elf_image image = elf_image_amd64();

		undefined(&image);
		elf_image_put(&image, ELF_IMAGE_FREE + 3 * 16, gnu ? DT_GNU_HASH : DT_DEBUG, 8);
		if (gnu) {
			elf_image_put(&image, hash, 1, 4);      /* buckets */
			elf_image_put(&image, hash + 4, 2, 4);  /* the first symbol that is hashed */
			elf_image_put(&image, hash + 8, 1, 4);  /* words of the filter */
			elf_image_put(&image, hash + 24, 2, 4); /* the bucket */
			elf_image_put(&image, hash + 28, 1, 4); /* the chain: one symbol */
		}
		assert_false(check(&image, &report));
		assert_string_equal(find(&report, ELFCHECK_UNDEFINED_SYMBOLS)->evidence, "2: malloc, pthread_create");
		elf_image_free(&image);
	}
}

static void evidence_is_printable(void **state)
{
	struct elf_image image = elf_image_amd64();
	struct elfcheck_report report;
	char path[200];

	(void)state;
	elf_image_interp(&image, "/lib/\033[31m\n\x7f");
	check(&image, &report);
	assert_string_equal(find(&report, ELFCHECK_INTERP_PRESENT)->evidence, "/lib/?[31m??");
	memset(path, 'a', sizeof(path));
	path[sizeof(path) - 1] = '\0';
	elf_image_interp(&image, path);
	check(&image, &report);
	assert_int_equal(strlen(find(&report, ELFCHECK_INTERP_PRESENT)->evidence), ELFCHECK_EVIDENCE - 1);
	elf_image_free(&image);
}

static void findings_that_are_lost_still_count(void **state)
{
	struct elfcheck_allow allow = { 0 };
	struct elfcheck_report report;
	struct elf_image image;

	(void)state;
	image = elf_image_amd64();
	image.bytes = realloc(image.bytes, 0x10000);
	assert_non_null(image.bytes);
	image.size = 0x10000;
	memset(image.bytes + ELF_IMAGE_SIZE, 0, image.size - ELF_IMAGE_SIZE);
	elf_ehdr(&image, e_phoff, ELF_IMAGE_SIZE);
	elf_ehdr(&image, e_phnum, ELFCHECK_FINDINGS + 10);
	for (size_t i = 0; i < ELFCHECK_FINDINGS + 9; i++) {
		elf_image_put(&image, ELF_IMAGE_SIZE + i * 56, PT_LOAD, 4);
		elf_image_put(&image, ELF_IMAGE_SIZE + i * 56 + 16, 0x10000 * (i + 1), 8);
		elf_image_put(&image, ELF_IMAGE_SIZE + i * 56 + 32, i < ELFCHECK_FINDINGS ? 1 : 0, 8); /* filesz over memsz */
	}
	elf_image_put(&image, ELF_IMAGE_SIZE + (ELFCHECK_FINDINGS + 9) * 56, PT_INTERP, 4);
	elfcheck_allow_add(&allow, ELFCHECK_SEGMENT_SIZE);
	assert_false(elfcheck(image.bytes, image.size, &nothing_known, ELFCHECK_ANY, &allow, &report));
	assert_int_equal(report.n_findings, ELFCHECK_FINDINGS);
	assert_true(report.n_findings_lost > 0);
	assert_int_equal(report.layers[1], ELFCHECK_FAILED);
	elf_image_free(&image);
}

/* In a buffer of exactly that size, so that the sanitizer sees one byte too many. */
static void check_copy(const unsigned char *bytes, size_t size)
{
	unsigned char *copy = malloc(size ? size : 1);
	struct elfcheck_report report;

	assert_non_null(copy);
	memcpy(copy, bytes, size);
	elfcheck(size ? copy : NULL, size, &here, ELFCHECK_GO_STATIC, NULL, &report);
	for (size_t i = 0; i < report.n_findings; i++)
		assert_non_null(memchr(report.findings[i].evidence, 0, ELFCHECK_EVIDENCE));
	free(copy);
}

static void every_truncation_is_survived(void **state)
{
	(void)state;
	for (size_t n = 0; n < 6; n++) {
		struct elf_image image = variant(n % 3);

		undefined(&image);
		interp(&image);
		if (n >= 3) {
			elf_image_old_info(&image, "go1.15.2", "path\told\n");
			elf_image_old_names(&image, CGO_NAMES);
		}
		for (size_t size = 0; size <= image.size; size++)
			check_copy(image.bytes, size);
		elf_image_free(&image);
	}
}

static void every_damaged_byte_is_survived(void **state)
{
	static const unsigned char values[] = { 0x00, 0x01, 0x7f, 0x80, 0xff };
	struct elf_image image = elf_image_amd64();

	(void)state;
	undefined(&image);
	interp(&image);
	for (size_t at = 0; at < image.size; at++) {
		unsigned char was = image.bytes[at];

		for (size_t i = 0; was && i < sizeof(values); i++) {
			image.bytes[at] = values[i];
			check_copy(image.bytes, image.size);
		}
		image.bytes[at] = was;
	}
	elf_image_free(&image);
}

/* Also the bytes that are zero, and in every class and byte order: any value at any place of the headers. */
static void every_header_byte_is_distrusted(void **state)
{
	static const unsigned char values[] = { 0x00, 0x01, 0x7f, 0x80, 0xff };

	(void)state;
	for (size_t n = 0; n < 3; n++) {
		struct elf_image image = variant(n);
		size_t end = image.is64 ? sizeof(Elf64_Ehdr) + PH_COUNT * sizeof(Elf64_Phdr) :
					  sizeof(Elf32_Ehdr) + PH_COUNT * sizeof(Elf32_Phdr);

		undefined(&image);
		interp(&image);
		for (size_t at = 0; at < end; at++) {
			unsigned char was = image.bytes[at];

			for (size_t i = 0; i < sizeof(values); i++) {
				image.bytes[at] = values[i];
				check_copy(image.bytes, image.size);
			}
			image.bytes[at] = was;
		}
		elf_image_free(&image);
	}
}

/* Lengths, counts and addresses: large, negative and just beyond the end, in tables of both formats. */
static void every_number_is_distrusted(void **state)
{
	static const uint64_t values[] = { 0, 1, 0x1fff, 0x2001, 0x7fffffff, UINT32_MAX, UINT64_MAX, UINT64_MAX - 15,
					   ELF_IMAGE_BASE + ELF_IMAGE_SIZE - 1 };

	(void)state;
	for (size_t n = 0; n < 6; n++) {
		struct elf_image image = variant(n % 3);
		unsigned char was[8];

		undefined(&image);
		if (n >= 3) {
			elf_image_old_info(&image, "go1.15.2", "path\told\n");
			elf_image_old_names(&image, "_rt0_amd64_linux\nmain.main\n");
			elf_image_dynamic(&image, DT_GNU_HASH, ELF_IMAGE_BASE + ELF_IMAGE_FREE + 0x600);
			elf_image_put(&image, ELF_IMAGE_FREE + (image.is64 ? 0x38 : 0x1c), 0, image.is64 ? 8 : 4); /* no DT_HASH */
		}
		for (size_t at = ELF_IMAGE_NAMES; at < ELF_IMAGE_FREE + 0x640; at += 4) {
			if (at == ELF_IMAGE_NAMES + 0x180)
				at = ELF_IMAGE_INFO;
			if (at == ELF_IMAGE_INFO + 0x80)
				at = ELF_IMAGE_FREE;
			memcpy(was, image.bytes + at, 8);
			for (size_t i = 0; i < 2 * sizeof(values) / sizeof(values[0]); i++) {
				elf_image_put(&image, at, values[i / 2], i % 2 ? 8 : 4);
				check_copy(image.bytes, image.size);
				memcpy(image.bytes + at, was, 8);
			}
		}
		elf_image_free(&image);
	}
}

static void settings_beyond_the_table_are_dropped(void **state)
{
	struct elf_image image = elf_image_amd64();
	struct elfcheck_report report;
	char settings[1200];
	int n = 0;

	(void)state;
	for (int i = 0; i < ELFCHECK_SETTINGS + 10; i++)
		n += snprintf(settings + n, sizeof(settings) - (size_t)n, "build\tk%d=%d\n", i, i);
	elf_image_info(&image, "go1.22.3", settings);
	assert_true(check(&image, &report));
	assert_int_equal(report.go.n_settings, ELFCHECK_SETTINGS);
	assert_memory_equal(report.go.settings[63].value.ptr, "63", 2);
	elf_image_free(&image);
}

/* Generous: linear work on such a file takes milliseconds even under the sanitizers, quadratic work minutes. */
static void assert_quick(const unsigned char *bytes, size_t size)
{
	struct elfcheck_report report;
	clock_t start = clock();

	elfcheck(bytes, size, &nothing_known, ELFCHECK_GO_STATIC, NULL, &report);
	assert_true(clock() - start < 2 * CLOCKS_PER_SEC);
}

/* The passing image's headers in front of `size` bytes that all are one segment. */
static struct elf_image large(size_t size)
{
	struct elf_image image = elf_image_amd64();

	image.bytes = realloc(image.bytes, size);
	if (!image.bytes)
		abort();
	memset(image.bytes + ELF_IMAGE_NAMES, 0, size - ELF_IMAGE_NAMES);
	image.size = size;
	elf_phdr(&image, PH_DATA, p_type, PT_NULL);
	elf_image_segment(&image, PH_TEXT, PT_LOAD, PF_R | PF_X, 0, size);
	return image;
}

static void many_unnamed_libraries_cost_little(void **state)
{
	size_t size = 8u << 20, phnum = 1170, first = 0x20000;
	struct elf_image image = large(size);

	(void)state;
	elf_ehdr(&image, e_phnum, phnum);
	for (size_t i = PH_STACK; i < phnum; i++)
		elf_image_segment(&image, i, PT_LOAD, PF_R, 0, 0);
	elf_image_segment(&image, PH_STACK, PT_DYNAMIC, PF_R, first, size - first);
	elf_image_put(&image, first, DT_STRTAB, 8);
	elf_image_put(&image, first + 8, ELF_IMAGE_BASE + first - 16, 8);
	elf_image_put(&image, first + 16, DT_STRSZ, 8);
	elf_image_put(&image, first + 24, 16, 8);
	for (size_t at = first + 32; at < size - 32; at += 16) {
		elf_image_put(&image, at, DT_NEEDED, 8);
		elf_image_put(&image, at + 8, 1, 8);
	}
	assert_quick(image.bytes, image.size);
	elf_image_free(&image);
}

static void one_long_name_for_all_functions_costs_little(void **state)
{
	size_t size = 8u << 20, table = ELF_IMAGE_INFO, n = 400000, record = 16 + n * 16 + 64;
	struct elf_image image = large(size);
	struct elfcheck_report report;

	(void)state;
	elf_image_put(&image, ELF_IMAGE_POINTER, ELF_IMAGE_BASE + table, 8);
	elf_image_put(&image, table, 0xfffffffb, 4);
	image.bytes[table + 6] = 1;
	image.bytes[table + 7] = 8;
	elf_image_put(&image, table + 8, n, 8);
	for (size_t i = 0; i < n; i++) {
		elf_image_put(&image, table + 16 + i * 16, ELF_IMAGE_BASE + i, 8);
		elf_image_put(&image, table + 24 + i * 16, record, 8);
	}
	elf_image_put(&image, table + record + 8, record + 16, 4);
	for (size_t i = 0; i < 1024; i++)
		memcpy(image.bytes + table + record + 16 + i * 4, "._C.", 4);
	assert_quick(image.bytes, image.size);
	assert_false(check(&image, &report));
	assert_non_null(find(&report, ELFCHECK_CGO_SUSPECTED));
	elf_image_free(&image);
}

static void many_tables_cost_little(void **state)
{
	size_t size = 8u << 20;
	struct elf_image image = large(size);

	(void)state;
	elf_image_names(&image, "runtime.main\n");
	for (size_t at = ELF_IMAGE_INFO; at < size - 0x1000; at += 0x100)
		memcpy(image.bytes + at, image.bytes + ELF_IMAGE_NAMES, 0x100);
	assert_quick(image.bytes, image.size);
	elf_image_free(&image);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_good_program_has_no_findings),
		cmocka_unit_test(an_unknown_target_skips_its_layers),
		cmocka_unit_test(each_row_finds_its_slug),
		cmocka_unit_test(no_slug_is_without_a_row),
		cmocka_unit_test(what_is_no_fault_is_not_found),
		cmocka_unit_test(weak_symbols_may_stay_undefined),
		cmocka_unit_test(every_goarch_passes),
		cmocka_unit_test(names_that_every_go_program_has_are_no_proof),
		cmocka_unit_test(every_format_of_names_is_read),
		cmocka_unit_test(a_carried_program_is_not_judged),
		cmocka_unit_test(a_carrier_is_not_go_itself),
		cmocka_unit_test(a_table_lies_at_any_word),
		cmocka_unit_test(names_lie_at_any_byte),
		cmocka_unit_test(packages_are_named_once),
		cmocka_unit_test(one_name_of_cgo_is_anybodys),
		cmocka_unit_test(profiles_ask_for_less_and_less),
		cmocka_unit_test(profiles_turn_findings_into_information),
		cmocka_unit_test(with_a_loader_an_external_link_runs),
		cmocka_unit_test(an_allowed_slug_is_information),
		cmocka_unit_test(i386_runs_only_with_emulation),
		cmocka_unit_test(old_build_information_may_point_at_zeroed_memory),
		cmocka_unit_test(old_build_information_of_a_pie_is_relocated),
		cmocka_unit_test(of_two_settings_with_one_key_the_first_counts),
		cmocka_unit_test(without_a_version_in_it_the_build_information_leaves_that_to_the_runtime),
		cmocka_unit_test(the_runtime_tells_its_version),
		cmocka_unit_test(the_highest_version_is_the_programs_own),
		cmocka_unit_test(the_version_of_a_pie_is_in_its_relocation),
		cmocka_unit_test(needs_are_told_by_functions),
		cmocka_unit_test(text_that_nothing_points_at_is_no_version),
		cmocka_unit_test(damaged_build_information_is_told),
		cmocka_unit_test(build_information_stands_anywhere_aligned),
		cmocka_unit_test(symbols_are_counted_without_sections),
		cmocka_unit_test(evidence_is_printable),
		cmocka_unit_test(findings_that_are_lost_still_count),
		cmocka_unit_test(every_truncation_is_survived),
		cmocka_unit_test(every_damaged_byte_is_survived),
		cmocka_unit_test(every_header_byte_is_distrusted),
		cmocka_unit_test(every_number_is_distrusted),
		cmocka_unit_test(settings_beyond_the_table_are_dropped),
		cmocka_unit_test(many_unnamed_libraries_cost_little),
		cmocka_unit_test(one_long_name_for_all_functions_costs_little),
		cmocka_unit_test(many_tables_cost_little),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
