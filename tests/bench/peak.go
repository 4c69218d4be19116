package main

import (
	"os"
	"strconv"
	"strings"
	"sync"
	"time"
)

// sampleEvery is how often peaks looks. What a process had at most is kept by
// the kernel, so only what comes right before its end can be missed.
const sampleEvery = time.Millisecond

// peaks watches the programs of these names in a network until stop is called:
// the most memory, in KiB, that one process of each had resident.
func peaks(netns string, names ...string) (stop func() map[string]int) {
	most := map[string]int{}
	wanted := map[string]bool{}
	for _, name := range names {
		wanted[name] = true
	}
	home, _ := os.Readlink(netns)
	quit := make(chan struct{})
	var all sync.WaitGroup
	all.Go(func() {
		for {
			for _, pid := range pids() {
				name := comm(pid)
				if !wanted[name] || network(pid) != home {
					continue
				}
				kib, _ := strconv.Atoi(strings.TrimSuffix(status(pid, "VmHWM"), " kB"))
				most[name] = max(most[name], kib)
			}
			select {
			case <-quit:
				return
			case <-time.After(sampleEvery):
			}
		}
	})
	return func() map[string]int {
		close(quit)
		all.Wait()
		return most
	}
}
