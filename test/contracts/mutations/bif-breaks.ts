import type { Break } from './breaks.ts'

const COMMITTEE = 'contracts/bif/BifCommittee.sol'
const FUND = 'contracts/bif/BifFund.sol'
const GRANTS = 'contracts/bif/Grants.sol'
const LEDGER = 'contracts/bif/BifLedger.sol'
const PRO_RATA = 'contracts/bif/ProRata.sol'
const SEATS = 'contracts/bif/BifSeats.sol'

/** Breaks of the fund, its books, its committee and its grants. */
export const BIF_BREAKS: readonly Break[] = [
  {
    what: 'a journal need not sum to zero',
    file: LEDGER,
    text: 'require(sum == 0 && lines.length > 0, LedgerUnbalanced(sum));',
    becomes: '',
  },
  {
    what: 'one person alone adjusts the books',
    file: LEDGER,
    text: 'maker != address(0) && maker != msg.sender',
    becomes: 'maker != address(0)',
  },
  {
    what: 'a closed month takes journals',
    file: LEDGER,
    text: 'require(month > closedThrough && month <= currentMonth(), LedgerMonthNotOpen(month));',
    becomes: '',
  },
  {
    what: 'a division leaves a won behind',
    file: PRO_RATA,
    text: 'for (uint256 i = 0; i < left; ++i) ++shares[keys[i] & 0xff];',
    becomes: '',
  },
  {
    what: 'commitments pass the cap',
    file: FUND,
    text: 'require(totalCommitted <= CAP, FundAboveLimit(totalCommitted, CAP));',
    becomes: '',
  },
  {
    what: 'default comes without grace',
    file: FUND,
    text: '_calls[callId].dueAt + GRACE;',
    becomes: '_calls[callId].dueAt;',
  },
  {
    what: 'grants take capital that is not there',
    file: FUND,
    text: 'return totalCapital - totalFees - totalGrants;',
    becomes: 'return totalCapital - totalFees;',
  },
  {
    what: 'the majority is not looked at',
    file: SEATS,
    text: 'require(filled == 0 || city * 2 > filled, CityMajorityLost(time, city, filled));',
    becomes: '',
  },
  {
    what: 'half of the seats is a majority of the city',
    file: SEATS,
    text: 'filled == 0 || city * 2 > filled',
    becomes: 'city * 2 >= filled',
  },
  {
    what: 'ends of terms are not looked at',
    file: SEATS,
    text: 'if (seats[i].until > 0) _requireMajority(seats, seats[i].until);',
    becomes: '',
  },
  {
    what: 'a term never ends',
    file: SEATS,
    text: 'if (until <= time) continue;\n            seats[i] =',
    becomes: 'if (until == 0) continue;\n            seats[i] =',
  },
  {
    what: 'an account has several seats',
    file: SEATS,
    text: '(other == 0 || other == id)',
    becomes: '(other == 0 || other != 0)',
  },
  {
    what: 'votes are those of now',
    file: COMMITTEE,
    text: 'return _seatOf(seatsAt(uint40(timepoint)), account) > 0 ? 1 : 0;',
    becomes: 'return timepoint > 0 && _seatOf(seatsAt(_now()), account) > 0 ? 1 : 0;',
  },
  {
    what: 'an account votes twice',
    file: COMMITTEE,
    text: 'require(!hasVoted[proposalId][account], GovernorAlreadyCastVote(account));',
    becomes: '',
  },
  {
    what: 'a recused member votes',
    file: COMMITTEE,
    text: 'require(!isRecused[proposalId][account], CommitteeRecused(account));',
    becomes: '',
  },
  {
    what: 'members are recused while the vote lasts',
    file: COMMITTEE,
    text: '_requireState(proposalId, ProposalState.Pending);\n        bool isAllowed',
    becomes: 'bool isAllowed',
  },
  {
    what: 'anyone recuses a member',
    file: COMMITTEE,
    text: 'require(isAllowed, CommitteeNotSeated(msg.sender));',
    becomes: '',
  },
  {
    what: 'a recusal takes the majority from the city',
    file: COMMITTEE,
    text: '_requireMajority(_voters(proposalId, snapshot), snapshot);',
    becomes: '',
  },
  {
    what: 'recusals and seats together take the majority from the city',
    file: COMMITTEE,
    text: '&& city * 2 > voters',
    becomes: '&& city > 0',
  },
  {
    what: 'half of the votes decide',
    file: COMMITTEE,
    text: 'uint256(votes.inFavour) * 2 > voters',
    becomes: 'uint256(votes.inFavour) * 2 >= voters',
  },
  {
    what: 'half of the seats make a quorum',
    file: COMMITTEE,
    text: 'return filled / 2 + 1;',
    becomes: 'return (filled + 1) / 2;',
  },
  {
    what: 'nobody vetoes what benefits a related party',
    file: COMMITTEE,
    text: 'return isPassed && uint256(votes.privateInFavour) * 3 >= needed;',
    becomes: 'return isPassed && needed >= 0;',
  },
  {
    what: 'a veto is recused away',
    file: COMMITTEE,
    text: 'uint256 needed = _privateSeats(snapshot);',
    becomes:
      'uint256 needed = 0; Seat[] memory list = _voters(proposalId, snapshot); for (uint256 i = 0; i < list.length; ++i) ' +
      'if (list[i].until > 0 && list[i].nominator == Nominator.Private) ++needed;',
  },
  {
    what: 'the auditor has no time to stop a decision',
    file: COMMITTEE,
    text: 'require(block.timestamp >= earliest, CommitteeTooEarly(earliest));',
    becomes: '',
  },
  {
    what: 'a decision never expires',
    file: COMMITTEE,
    text: 'return block.timestamp < last ? current : ProposalState.Expired;',
    becomes: 'return last > 0 ? current : ProposalState.Expired;',
  },
  {
    what: 'a milestone is paid twice',
    file: GRANTS,
    text: '_move(grant, milestone, Stage.Paid);',
    becomes: '',
  },
  {
    what: 'an ended grant keeps what was verified',
    file: GRANTS,
    text: 'uint128 left = terms.approved - terms.paid - terms.returned;',
    becomes:
      'uint128 left = terms.approved - terms.paid - terms.returned; if (_progress[grant][0].stage == Stage.Verified) ' +
      'left -= _milestones[grant][0].amount;',
  },
  {
    what: 'the grantee verifies itself',
    file: GRANTS,
    text: 'isRight = verifier != address(0) && verifier != grantee;',
    becomes: 'isRight = verifier != address(0);',
  },
  {
    what: 'evidence comes after the deadline',
    file: GRANTS,
    text: 'require(block.timestamp < deadline, GrantDeadline(deadline));',
    becomes: 'require(deadline > 0, GrantDeadline(deadline));',
  },
  {
    what: 'a verifier judges twice',
    file: GRANTS,
    text: '_judged[judgement] = true;',
    becomes: '',
  },
  {
    what: 'an application becomes several grants',
    file: GRANTS,
    text: 'asked.isAwarded = true;',
    becomes: '',
  },
  {
    what: 'a milestone lapses before its deadline',
    file: GRANTS,
    text: 'require(block.timestamp >= plan.deadline, GrantDeadline(plan.deadline));',
    becomes: '',
  },
]
