package main

import (
	"testing"
	"time"

	"github.com/gostates/gostates/interpreter/asltest"
)

func TestMain(m *testing.M) { asltest.Main(m) }

func TestMachine(t *testing.T) {
	p := asltest.Load(t, "game.asl.json")
	t.Run("all is well", func(t *testing.T) {
		x := asltest.Run(t, p, `{}`, asltest.On("UpdateScore").Throw("Conflict", "").Then().Return(`1`),
			asltest.On("GiveReward").Return(`2`), asltest.On("TellFriends").After(4*time.Second).Return(`3`))
		x.Branch("LevelCompleted", 0).WantAttempts("UpdateScore", 2)
		x.WantOutput(`[1, 2, 3]`)
		x.WantElapsed(4 * time.Second)
	})
	t.Run("each branch has its own way out, whatever comes first", func(t *testing.T) {
		asltest.Explore(t, 20, func(t testing.TB, schedule asltest.Option) {
			x := asltest.Run(t, p, `{}`, schedule, asltest.On("UpdateScore").Throw("Broken", ""),
				asltest.On("GiveReward").Throw("NoReward", ""), asltest.On("TellFriends").Hang())
			x.Branch("LevelCompleted", 0).WantPath("UpdateScore", "ScoreLater")
			x.Branch("LevelCompleted", 1).WantPath("GiveReward", "NoReward")
			x.Branch("LevelCompleted", 2).WantPath("TellFriends", "FriendsSleep")
			x.WantOutput(`["score: later", "reward: none", "friends: asleep"]`)
		})
	})
}
