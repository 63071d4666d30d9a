package demo

import (
	"io"
	"time"

	"tournant/internal/ha/control"
	"tournant/lab/load"
)

// What tests see of the screen.
var View = view

// Steps of an agent.
var Steps = steps

func NewCanvas(out io.Writer) *canvas { return &canvas{out: out} }
func (c *canvas) Draw(lines []string) { c.draw(lines) }

// Add is what follows a fleet.
func (t *Tally) Add(news load.History, waiting []time.Time, now time.Time) { t.add(news, waiting, now) }

// Seen is a tally without what only it needs.
func (t Tally) Seen() Tally { t.slot = time.Time{}; return t }

func NewTyped(tell func(string)) io.Writer { return &typed{tell: tell} }

// NewBoard and what is written on one.
var NewBoard = newBoard

func (b *board) Power(name string, p Power)           { b.power(name, p) }
func (b *board) Agent(name string, s *control.Status) { b.agent(name, s) }
func (b *board) Look() Frame                          { return b.look() }
