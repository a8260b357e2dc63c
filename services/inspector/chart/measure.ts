// Measure
// How wide a text is, from tables of advance widths: a layout is the same on every machine, whatever fonts it has.
// A drawing states the width of each text (`textLength`), so that another font can never push one out of its box.

export type Font = 'title' | 'row' | 'label'

/** Advance widths of the characters 32 to 126 in thousandths of the font's size, of Inter 4.0 at weights 600 and 400. JetBrains Mono has one width. */
const interSemiBold =
  '248 309 396 643 649 844 663 213 393 393 543 673 295 466 290 379 667 481 621 652 666 632 648 587 646 648 290 295 673 673 673 544 999 724 657 744 724 608 586 755 744 275 561 677 566 906 741 775 643 776 651 649 660 734 724 1007 690 705 653 393 379 393 481 468 497 575 630 577 630 593 377 625 613 261 261 569 261 898 610 608 625 625 397 549 380 608 576 837 562 576 562 393 358 393 673'
const interRegular =
  '281 278 403 631 638 812 639 222 362 362 500 659 280 460 276 357 625 464 605 636 642 608 624 571 616 624 276 280 659 659 659 507 936 676 651 727 719 598 587 743 740 264 543 652 562 889 753 761 635 761 639 638 642 741 676 949 642 665 625 362 357 362 469 452 497 564 621 558 621 582 361 609 591 237 237 544 237 869 585 597 609 609 372 523 364 581 557 812 540 557 541 362 327 362 659'
const monoWidth = 600

const tableOf = (widths: string): readonly number[] => widths.split(' ').map(Number)

interface Face {
  readonly size: number
  readonly widths: readonly number[]
  /** Of a character that the table does not have. */
  readonly otherWidth: number
}

export const faces: Readonly<Record<Font, Face>> = {
  title: { size: 13, widths: tableOf(interSemiBold), otherWidth: 800 },
  row: { size: 11.5, widths: tableOf(interRegular), otherWidth: 760 },
  label: { size: 10.5, widths: [], otherWidth: monoWidth },
}

const firstCharacter = 32
/** Scripts whose characters fill a square. */
const wide = /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60]|\p{Extended_Pictographic}/u
const wideWidth = 1_050

export function widthOf(text: string, font: Font): number {
  const { size, widths, otherWidth } = faces[font]
  let thousandths = 0
  for (const character of text)
    thousandths += wide.test(character) ? wideWidth : (widths[(character.codePointAt(0) ?? 0) - firstCharacter] ?? otherWidth)
  return Math.ceil((thousandths * size) / 100) / 10
}

/** At most so many characters, the last an ellipsis when something was left out. */
export function shortened(text: string, charactersMax: number): string {
  const characters = Array.from(text)
  return characters.length <= charactersMax ? text : `${characters.slice(0, charactersMax - 1).join('')}…`
}
