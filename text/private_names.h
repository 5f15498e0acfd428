/* As files/private_names.h: these functions are in libbinnet-files and in the command. */
#ifndef TEXT_PRIVATE_NAMES_H
#define TEXT_PRIVATE_NAMES_H

#define blank_length bnf_blank_length
#define check_text bnf_check_text
#define csv_column bnf_csv_column
#define csv_free bnf_csv_free
#define csv_list bnf_csv_list
#define csv_next bnf_csv_next
#define csv_number bnf_csv_number
#define csv_start bnf_csv_start
#define csv_text bnf_csv_text
#define csv_unused bnf_csv_unused
#define fail bnf_fail
#define fail_at bnf_fail_at
#define fail_memory bnf_fail_memory
#define load_file bnf_load_file
#define looks_like_number bnf_looks_like_number
#define memory_free bnf_memory_free
#define memory_grow bnf_memory_grow
#define memory_new bnf_memory_new
#define memory_raw bnf_memory_raw
#define memory_text bnf_memory_text
#define npy_get bnf_npy_get
#define npy_header bnf_npy_header
#define npy_parse bnf_npy_parse
#define parse_number bnf_parse_number
#define poll_call bnf_poll_call
#define print_number bnf_print_number
#define with_status bnf_with_status

#endif
