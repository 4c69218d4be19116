# Compiles SOURCES (relative to src/) into DIR with CC and FLAGS, and collects all but main.o in
# DIR/tsfunnel.a; `units` links tests/unit/ programs against that. Run by build.sh from the top
# folder, so that each path the compiler sees is relative and no byte depends on where the tree lies.
# build/gen holds what vendor/anchors.sh makes.
#
# An object is compiled again when its source, a header it read or the flags changed. BUILD_INFO,
# which changes with every commit, reaches one object only.

OBJS := $(patsubst %.c,$(DIR)/%.o,$(SOURCES))
MADE := $(DIR)/gen/anchors.o $(DIR)/gen/distsign_roots.o
PROGRAMS := $(UNITS:%=$(DIR)/unit/%)

$(DIR)/tsfunnel.a: $(filter-out $(DIR)/main.o,$(OBJS)) $(MADE) $(DIR)/sources | $(filter $(DIR)/main.o,$(OBJS))
	rm -f $@
	$(AR) rcsD $@ $(filter %.o,$^)

units: $(PROGRAMS)

$(PROGRAMS): $(DIR)/unit/%: tests/unit/%.c $(DIR)/tsfunnel.a $(DIR)/flags
	@mkdir -p $(@D)
	$(CC) $(FLAGS) -Wno-unused-parameter -MMD -MP -MF $@.d -o $@ $< $(DIR)/tsfunnel.a $(LIBS)

$(DIR)/base/build_info.o: EXTRA = $(BUILD_INFO)
$(DIR)/base/build_info.o: $(DIR)/build_info

$(OBJS): $(DIR)/%.o: src/%.c $(DIR)/flags
	@mkdir -p $(@D)
	$(CC) $(FLAGS) $(EXTRA) -MMD -MP -c -o $@ $<

$(MADE): $(DIR)/gen/%.o: build/gen/%.c $(DIR)/flags
	@mkdir -p $(@D)
	$(CC) $(FLAGS) -MMD -MP -c -o $@ $<

# Files that hold a value and are written only when it changes.
$(DIR)/flags: VALUE = $(CC) $(FLAGS) $(LIBS)
$(DIR)/build_info: VALUE = $(BUILD_INFO)
$(DIR)/sources: VALUE = $(SOURCES)
$(DIR)/flags $(DIR)/build_info $(DIR)/sources: FORCE
	@mkdir -p $(@D)
	@printf '%s\n' "$(subst ",\",$(VALUE))" | cmp -s - $@ || \
		printf '%s\n' "$(subst ",\",$(VALUE))" >$@

FORCE:
.PHONY: FORCE units

-include $(OBJS:.o=.d) $(MADE:.o=.d) $(PROGRAMS:=.d)
