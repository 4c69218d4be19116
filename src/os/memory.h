/* SPDX-License-Identifier: MIT */
/*
 * memory - what a process that mostly waits need not keep mapped
 */
#ifndef OS_MEMORY_H
#define OS_MEMORY_H

/*
 * memory_drop_code() - unmap the pages of our program file
 *
 * The kernel maps 16 pages around each that is touched, so that soon the whole program counts as
 * resident, most of which only the start needed. What is used again is mapped again, from the
 * page cache. For the start of a wait that may last for months.
 */
void memory_drop_code(void);

#endif
