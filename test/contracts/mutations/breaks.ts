/** A deliberate break of a contract: one text in one file, replaced by another. */
export interface Break {
  /** What is wrong then, in words. */
  readonly what: string
  readonly file: string
  readonly text: string
  readonly becomes: string
}

const KRW = 'contracts/money/KrwDepositToken.sol'

/** By the folder of tests that must object. */
export const BREAKS: Readonly<Record<string, readonly Break[]>> = {
  money: [
    {
      what: 'a mint does not use up the allowance',
      file: KRW,
      text: '_allowances[msg.sender] = left - amount;',
      becomes: '',
    },
    {
      what: 'a mint does not ask for the reserve',
      file: KRW,
      text: 'require(supply <= attested, KrwUnbacked(supply, attested));',
      becomes: '',
    },
    {
      what: 'a deposit can be minted twice',
      file: KRW,
      text: '_isUsed[bankRef] = true;',
      becomes: '',
    },
    {
      what: 'a stale attestation counts',
      file: KRW,
      text: 'uint256 attested = ORACLE.freshUnits();',
      becomes:
        '(, int256 latest, , , ) = ORACLE.latestRoundData(); uint256 attested = uint256(latest);',
    },
    {
      what: 'frozen money can be spent',
      file: KRW,
      text: 'amount <= unfrozen || amount > balanceOf(from)',
      becomes: 'true',
    },
    {
      what: 'a freeze never ends',
      file: KRW,
      text: 'block.timestamp < hold.frozenUntil ? hold.frozen : 0',
      becomes: 'hold.frozen',
    },
    {
      what: 'a seizure leaves the freeze as it was',
      file: KRW,
      text: '_setFrozen(from, frozen - amount);',
      becomes: '',
    },
    {
      what: 'the enforcer takes what nobody froze',
      file: KRW,
      text: 'amount <= frozen && from != to',
      becomes: 'from != to',
    },
    {
      what: 'a freeze burns what it freezes',
      file: KRW,
      text: '_holds[account].frozenUntil = until;',
      becomes: '_holds[account].frozenUntil = until; _burn(account, 1);',
    },
    {
      what: 'a locked account can send',
      file: KRW,
      text: 'require(canSend(from), ERC7943CannotSend(from));',
      becomes: '',
    },
  ],
}
