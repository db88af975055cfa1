# Two commands for everybody: `make play` and `make test`. Both install the system packages that are missing.
SWIFT ?= swift
CONFIGURATION ?= release
# With the runtime inside, the program starts faster and runs where no toolchain is.
BUILD = $(SWIFT) build -c $(CONFIGURATION) --static-swift-stdlib

.PHONY: play build test packages lint format sanitize fuzz avx2 avx-vnni onednn3 peers schedules clean

play: build
	@$$($(BUILD) --show-bin-path)/segplay

build: packages
	$(BUILD) --product segplay

# Some tests look inside modules, which optimised builds allow only when told to; a folder of their own keeps `make play` from building anew.
test: packages
	SWIFT='$(SWIFT)' Scripts/test.sh -c $(CONFIGURATION) -Xswiftc -enable-testing --scratch-path .build/tests

packages:
	@Scripts/install-packages.sh

lint:
	$(SWIFT) format lint -s -r Package.swift Sources Tests Fuzz

format:
	$(SWIFT) format -i -r Package.swift Sources Tests Fuzz

# Leaks inside the test runner itself are not ours, hence detect_leaks=0.
sanitize: packages
	ASAN_OPTIONS=detect_leaks=0 SWIFT='$(SWIFT)' Scripts/test.sh --sanitize=address --scratch-path .build/address
	TSAN_OPTIONS=suppressions=$(CURDIR)/Scripts/thread-suppressions.txt SWIFT='$(SWIFT)' Scripts/test.sh --sanitize=thread --scratch-path .build/thread --filter 'SegBaseTests|SegPlayerTests|SegPropagationTests'

fuzz: packages
	Fuzz/run.sh

# What processors without AVX-512 run: the library's code and our own for AVX2, and on those that have it for AVX-VNNI.
avx2: NARROW_ISA = AVX2
avx-vnni: NARROW_ISA = AVX2_VNNI
avx2 avx-vnni: packages
	ONEDNN_MAX_CPU_ISA=$(NARROW_ISA) DNNL_MAX_CPU_ISA=$(NARROW_ISA) SWIFT='$(SWIFT)' Scripts/test.sh -c $(CONFIGURATION) -Xswiftc -enable-testing \
	  -Xcc -DSEGPLAY_ONLY_AVX2 --scratch-path .build/avx2

# Rewrites the tables and plots of Documentation/SCHEDULING.md: make schedules VIDEO=... LABELS=... WEIGHTS=... [IGNORED=11] [RUNS=3]
IGNORED ?= 11
RUNS ?= 3
PLOTS = .build/plots

schedules: build
	@test -n "$(VIDEO)" -a -n "$(LABELS)" -a -n "$(WEIGHTS)" || { echo "make schedules VIDEO=FILE LABELS=FOLDER WEIGHTS=FILE"; exit 64; }
	@test -x $(PLOTS)/bin/python3 || python3 -m venv $(PLOTS)
	@$(PLOTS)/bin/python3 -c 'import matplotlib' 2>/dev/null || $(PLOTS)/bin/pip install --quiet matplotlib
	$(PLOTS)/bin/python3 Benchmarks/schedules.py --program "$$($(BUILD) --show-bin-path)/segplay" --video "$(VIDEO)" --labels "$(LABELS)" \
	  --weights "$(WEIGHTS)" --ignore-label $(IGNORED) --runs $(RUNS)

onednn3:
	Scripts/check-onednn3.sh

# Installs other inference engines under .build/peers (2 GB) and measures segplay beside them: Benchmarks/README.md. PEERS takes the script's options.
peers: build
	$(BUILD) --product segnetworkbench
	Benchmarks/peers.py --programs "$$($(BUILD) --show-bin-path)" $(PEERS)

clean:
	rm -rf .build
