libhost_a_SOURCES +=
