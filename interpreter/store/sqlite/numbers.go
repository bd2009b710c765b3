package sqlite

import "maps"

type machineKey struct{ namespace, machine string }

// numberCache knows the numbers of machines and digests. A number never changes.
type numberCache struct {
	machines map[machineKey]int64
	digests  map[string]int64
}

// maxNumbers bounds the numbers that are kept in memory.
const maxNumbers = 10_000

// addAll adds what a transaction has found, after it was committed.
func (c *numberCache) addAll(found *numberCache) {
	c.machines = mergeBounded(c.machines, found.machines)
	c.digests = mergeBounded(c.digests, found.digests)
}

func mergeBounded[K comparable](known, found map[K]int64) map[K]int64 {
	if len(found) == 0 {
		return known
	}
	if known == nil || len(known)+len(found) > maxNumbers {
		return found
	}
	maps.Copy(known, found)
	return known
}

func (w *writeTx) findMachine(key machineKey) (int64, error) {
	if n, ok := w.known.machines[key]; ok {
		return n, nil
	}
	return findNumber(w, &w.numbers.machines, key, findMachine, addMachine, key.namespace, key.machine)
}

func (w *writeTx) findDigest(digest string) (int64, error) {
	if n, ok := w.known.digests[digest]; ok {
		return n, nil
	}
	return findNumber(w, &w.numbers.digests, digest, findDigest, addDigest, digest)
}

// findNumber returns the number of a key that is not known yet, and gives it one if it has none.
func findNumber[K comparable](w *writeTx, found *map[K]int64, key K, find, add writeStatement, columns ...any) (int64, error) {
	if n, ok := (*found)[key]; ok {
		return n, nil
	}
	if _, err := w.exec(add, columns...); err != nil {
		return 0, err
	}
	var n int64
	if err := w.queryRow(find, columns, []any{&n}); err != nil {
		return 0, err
	}
	if *found == nil {
		*found = map[K]int64{}
	}
	(*found)[key] = n
	return n, nil
}
