/*
 * Files that are written: beside their place under another name, and renamed when they are whole, so that a place holds
 * what it held before or all that was to come there. A file that was read is never written over, by whatever name or
 * link. What these functions remember is the process's: one thread at a time.
 */
#ifndef TOOL_OUTPUT_H
#define TOOL_OUTPUT_H

#include "text/failure.h"

#include <stdio.h>

/* "-" is standard output; devices and pipes are written to as they are. */
int output_open(FILE **out, const char *path, failure *why);
/* The file goes to its place; when it could not be written to its end the place stays as it was. */
int output_close(FILE *out, const char *path, failure *why);
/* The place stays as it was. */
void output_drop(FILE *out);

/* As output_close, but the file waits for the others of its set. */
int output_hold(FILE *out, const char *path, failure *why);
/* All that wait go to their places, and written (NULL: nothing) is told of each. */
int output_commit_set(void (*written)(const char *path), failure *why);
/* The places of all that wait stay as they were. */
void output_drop_set(void);

/* For another program to write: an empty file, which output_commit puts in its place and output_discard removes; both
   give the output back. */
typedef struct output output;
int output_reserve(output **out, const char *path, failure *why);
const char *output_name(const output *o);
int output_commit(output *o, failure *why);
void output_discard(output *o);

/* Removes what is not whole: for a handler of signals that ends the program. */
void output_remove_parts(void);

/* EXIT_USAGE when path is a file that was read. */
int output_check(const char *path, failure *why);
/* EXIT_STOPPED when the folder of path cannot take a file: to be known before the work. */
int output_check_folder(const char *path, failure *why);
/* A file that is read: descriptor of an open file. 0; -1: no memory. */
int output_keep(int descriptor);
/* What failures are made with, so that the readers tell of the files that they open: output_keep. */
extern const file_call output_watch;
/* The same by its path; "-" is standard input. */
int output_keep_path(const char *path);
/* Files that were read may be written over from now on: for tests, which read and write one file. */
void output_forget(void);

/* An .npy file, as npy_header; path "-": standard output. */
int npy_write(const char *path, size_t ndim, const size_t *shape, const char *descr, const void *data, failure *why);

#endif
