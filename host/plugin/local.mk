libhost_a_SOURCES += \
	%D%/abi.c \
	%D%/abi.h \
	%D%/abi_check.h \
	%D%/abi_list.c \
	%D%/describe.c \
	%D%/describe.h \
	%D%/describe_read.c \
	%D%/dso.c \
	%D%/dso.h \
	%D%/elf.c \
	%D%/elf.h \
	%D%/elf_dynamic.c \
	%D%/elf_impl.h \
	%D%/form.c \
	%D%/form.h \
	%D%/image.c \
	%D%/image.h \
	%D%/registry.c \
	%D%/registry.h \
	%D%/registry_choose.c \
	%D%/registry_impl.h \
	%D%/registry_name.c \
	%D%/sign.c \
	%D%/sign.h \
	%D%/sign_file.c \
	%D%/sign_impl.h \
	%D%/sign_text.c
