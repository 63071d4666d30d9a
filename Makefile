# `make` alone builds. Every target is documented in CONTRIBUTING.md.
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo 0.0.0-dev)
COMMIT  ?= $(shell git rev-parse --short HEAD 2>/dev/null || echo unknown)
LDFLAGS := -s -w -X main.version=$(VERSION) -X main.commit=$(COMMIT)
DATA    ?= ./data
LISTEN  ?= 127.0.0.1:8443
FUZZTIME ?= 20s
N       ?= 20000
SEED    ?= 1
TOOLS   := $(CURDIR)/bin/tools
LINT    := $(TOOLS)/golangci-lint
LINT_VERSION := v2.15.0
NFPM    := $(TOOLS)/nfpm
NFPM_VERSION := v2.45.2
PKG_VERSION ?= $(shell scripts/package-version)
DIST    ?= dist
ARCH    ?= $(shell go env GOARCH)

.PHONY: build packages packages-test run test race lint fuzz bench conformance sim sim-trace mutants decisions lab lab-matrix lab-test lab-upgrade lab-upgrade-schema lab-mutants lab-report storm demo deps clean

build:
	CGO_ENABLED=0 go build -trimpath -ldflags '$(LDFLAGS)' -o bin/tournant ./cmd/tournant
	ln -sf tournant bin/chef-server-ctl

# dist/*.deb and dist/*.rpm; ARCH=arm64 for another processor.
packages: export GOARCH := $(ARCH)
packages: build $(NFPM)
	DIST=$(DIST) PKG_VERSION=$(PKG_VERSION) ARCH=$(ARCH) NFPM=$(NFPM) scripts/package

# As root on Debian: installs them into a Debian 12 of their own, upgrades, removes.
packages-test: deps
	scripts/test-packages

run: build
	@DATA=$(DATA) LISTEN=$(LISTEN) scripts/run

# What the tests need beside Go: a C compiler for the race detector, and
# Chef's own signing library to sign requests with.
deps:
	scripts/deps

test: deps race

race:
	go test -race -timeout 35m ./...

lint: $(LINT)
	$(LINT) run ./...

$(LINT):
	GOBIN=$(TOOLS) go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(LINT_VERSION)

$(NFPM):
	GOARCH= GOBIN=$(TOOLS) go install github.com/goreleaser/nfpm/v2/cmd/nfpm@$(NFPM_VERSION)

fuzz:
	FUZZTIME=$(FUZZTIME) scripts/fuzz

bench:
	go test -run '^$$' -bench . -benchmem ./...

# make conformance URL=https://chef.example.com KEY=pivotal.pem
conformance:
	go test -count=1 ./conformance -url '$(URL)' -key '$(KEY)'

# make sim N=1000000 SEED=1
sim:
	go run ./internal/ha/sim/cmd -n $(N) -seed $(SEED)

# make sim-trace SEED=4711 tells the history of one seed.
sim-trace:
	go run ./internal/ha/sim/cmd -trace -seed $(SEED)

# Every rule of high availability, removed in turn, must break the simulation.
mutants:
	go test -count=1 -timeout 40m -v -run TestMutants ./internal/ha/sim -mutants $(N)

# A cluster of Debian machines on this one, as root, installed from the packages step
# by step as the documentation says, and left up: lab/README.md.
lab: packages
	go build -o bin/lab ./lab/cmd/lab
	lab/ctl up

# The fault table under load, as root; what lab/results.jsonl has of this commit
# is not repeated. HOSTS is machines, installed from the packages, or namespaces, which run
# the program; PROFILE is aws or, for namespaces, instant.
PROFILE ?= aws
HOSTS   ?= machines
RUNS    ?= 10
MATRIX   = go build -o bin/failover ./lab/failover/cmd/failover && \
	bin/failover --hosts $(HOSTS) --prefix labm --profile $(PROFILE) --runs $(RUNS)
lab-matrix: $(if $(filter machines,$(HOSTS)),packages,build)
	$(MATRIX) $(if $(ROWS),--rows $(ROWS))

# Eight rows of it once, on machines; fails when anything is as it must not be.
lab-test: RUNS = 1
lab-test: deps packages
	$(MATRIX) --rows named --strict --results ""

# A whole cluster is upgraded under load from the packages of another commit, FROM, and
# brought back to them, by the documentation's steps; fails as lab-test does.
FROM ?= HEAD~1
lab-upgrade lab-upgrade-schema: RUNS = 1
lab-upgrade: deps packages
	NFPM=$(NFPM) scripts/package-of $(FROM) $(DIST)/from
	$(MATRIX) --strict --packages $(DIST) --before $(DIST)/from --rows upgrade,downgrade

# The same to a release to come, which has another schema, and back.
lab-upgrade-schema: deps packages
	NFPM=$(NFPM) scripts/package-of HEAD $(DIST)/next lab/failover/testdata/next.sql
	$(MATRIX) --strict --packages $(DIST)/next --before $(DIST) --rows upgrade,downgrade

# The lab finds what is made wrong on purpose, as root: lab/RESULTS.md, Mutants.
lab-mutants:
	go test -count=1 -timeout 60m -v -run TestMutants ./lab/failover -mutants

# Random faults from a seed, one cluster, under load, as root; Ctrl-C ends it early. It ends
# with lab/STORM.md, and fails if anything was as it must not be. SEED=1 is the default.
MINUTES ?= 30
storm: $(if $(filter machines,$(HOSTS)),packages,build)
	go build -o bin/storm ./lab/storm/cmd/storm
	bin/storm --hosts $(HOSTS) --profile $(PROFILE) --seed $(SEED) --minutes $(MINUTES) \
		--report lab/STORM.md --picture docs/images/storm.svg

lab-report:
	go run ./lab/failover/cmd/failover --report --timelines lab/timelines

# A cluster is hurt before your eyes, as root. DEMO=--keep leaves it up. Without
# packages it is one of namespaces.
demo: deps build
	-$(MAKE) packages
	go build -o bin/demo ./lab/demo/cmd/demo
	bin/demo $(DEMO)

# The tests reach every branch of internal/ha's decisions.
decisions:
	scripts/decisions

clean:
	rm -rf bin dist
