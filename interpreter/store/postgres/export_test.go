package postgres

// Qualify is for tests.
var Qualify = qualify
