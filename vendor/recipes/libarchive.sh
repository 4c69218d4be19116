# shellcheck shell=bash disable=SC2154
# needs: zlib
# Reading tar and gzip, from a list of files and a config.h that says what its configure finds on
# every Linux. configure takes half a minute to find the same, and what else it finds depends on
# which libraries the machine happens to have. A file that asks for more than is said here does
# not compile or link: the list below leaves out all that opens files or starts programs.
{
	printf '#define HAVE_%s 1\n' DECL_{INT32,INT64,INTMAX}_{MIN,MAX} DECL_{UINT32,UINT64,UINTMAX}_MAX \
		DECL_{SIZE,SSIZE}_MAX EILSEQ ERRNO_H FCNTL_H INTTYPES_H LANGINFO_H LIBZ LIMITS_H MBRTOWC \
		MKSTEMP NL_LANGINFO STDINT_H STDLIB_H STRING_H SYS_STAT_H SYS_TYPES_H TIME_H UNISTD_H \
		WCHAR_H WCRTOMB WCSCPY WCSLEN WCTOMB WCTYPE_H WMEMCMP WMEMCPY WMEMMOVE ZLIB_H
	printf '#define %s\n' 'MAJOR_IN_SYSMACROS 1' 'SIZEOF_INT __SIZEOF_INT__' \
		'SIZEOF_LONG __SIZEOF_LONG__'
} >libarchive/config.h
for file in acl check_magic entry entry_sparse entry_xattr options pack_dev rb read \
	read_add_passphrase read_open_fd read_open_memory read_set_options read_support_filter_gzip \
	read_support_format_tar string string_sprintf util version_details virtual; do
	# shellcheck disable=SC2086 # flags are words
	$CC -std=gnu99 -D_GNU_SOURCE -DPLATFORM_CONFIG_H='"config.h"' $CFLAGS \
		-c "libarchive/archive_$file.c"
done
mkdir -p "$out/include" "$out/lib"
cp libarchive/archive.h libarchive/archive_entry.h "$out/include"
"$AR" rcsD "$out/lib/libarchive.a" ./*.o
