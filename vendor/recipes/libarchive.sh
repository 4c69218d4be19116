# shellcheck shell=bash disable=SC2154
# needs: zlib
# Reading tar and gzip, from a list of files and a config.h that says what its configure finds on
# every Linux. configure takes half a minute to find the same, and what else it finds depends on
# which libraries the machine happens to have. A file that asks for more than is said here does
# not compile or link: the list below leaves out all that opens files or starts programs.
#
# Left out as well, 42 KB: names in other character sets, with the tables of Unicode's composed
# letters, and lists of access rights. They stand in extended (pax) headers only, and an archive with
# these is refused anyway. absent.c holds what the rest calls instead; it refuses at once. It is linked
# because the tar reader is made to ask for names that nothing else defines (absent_*); its conversions
# are taken because those of archive_string.c are made weak, and then the linker finds nothing that
# uses the latter. Names as wchar_t are absent, too: without one the tar reader looks at the bytes.
{
	printf '#define HAVE_%s 1\n' DECL_{INT32,INT64,INTMAX}_{MIN,MAX} DECL_{UINT32,UINT64,UINTMAX}_MAX \
		DECL_{SIZE,SSIZE}_MAX EILSEQ ERRNO_H FCNTL_H INTTYPES_H LANGINFO_H LIBZ LIMITS_H MBRTOWC \
		MKSTEMP NL_LANGINFO STDINT_H STDLIB_H STRING_H SYS_STAT_H SYS_TYPES_H TIME_H UNISTD_H \
		WCHAR_H WCRTOMB WCSCPY WCSLEN WCTOMB WCTYPE_H WMEMCMP WMEMCPY WMEMMOVE ZLIB_H
	printf '#define %s\n' 'MAJOR_IN_SYSMACROS 1' 'SIZEOF_INT __SIZEOF_INT__' \
		'SIZEOF_LONG __SIZEOF_LONG__'
} >libarchive/config.h
cat >libarchive/weak.h <<-END
	#pragma weak archive_string_conversion_from_charset
	#pragma weak archive_string_conversion_to_charset
	#pragma weak archive_string_conversion_set_opt
END
cat >libarchive/absent.c <<-END
	#include "archive_platform.h"
	#include "archive_string.h"
	#include "archive_acl_private.h"
	#include <errno.h>

	struct archive_string_conv *archive_string_conversion_from_charset(struct archive *a,
		const char *charset, int best_effort)
	{
		(void)charset, (void)best_effort;
		if (a != NULL)
			archive_set_error(a, ARCHIVE_ERRNO_FILE_FORMAT,
				"it has tar headers of an extended format");
		return NULL;
	}

	struct archive_string_conv *archive_string_conversion_to_charset(struct archive *a,
		const char *charset, int best_effort)
	{
		return archive_string_conversion_from_charset(a, charset, best_effort);
	}

	void archive_string_conversion_set_opt(struct archive_string_conv *conversion, int option)
	{
		(void)conversion, (void)option;
	}

	int absent_acl(struct archive_acl *acl, const char *text, int type,
		struct archive_string_conv *conversion)
	{
		(void)acl, (void)text, (void)type, (void)conversion;
		return ARCHIVE_FATAL;
	}

	const wchar_t *absent_name(struct archive_entry *entry)
	{
		(void)entry;
		return NULL;
	}
END
only() { [ "$file" != "$1" ] || printf '%s ' "${@:2}"; } # flags for one file
for file in absent archive_{acl,check_magic,entry,entry_sparse,entry_xattr,options,pack_dev,rb} \
	archive_read{,_add_passphrase,_open_fd,_open_memory,_set_options,_support_filter_gzip} \
	archive_{read_support_format_tar,string,string_sprintf,util,version_details,virtual}; do
	# shellcheck disable=SC2046,SC2086 # flags are words
	$CC -std=gnu99 -D_GNU_SOURCE -DPLATFORM_CONFIG_H='"config.h"' $CFLAGS \
		$(only archive_string -include libarchive/weak.h) \
		$(only archive_read_support_format_tar -Darchive_acl_from_text_l=absent_acl \
			-Darchive_entry_pathname_w=absent_name) -c "libarchive/$file.c"
done
mkdir -p "$out/include" "$out/lib"
cp libarchive/archive.h libarchive/archive_entry.h "$out/include"
"$AR" rcsD "$out/lib/libarchive.a" ./*.o
